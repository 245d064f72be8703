"""Links: what a page links to becomes a link within the site, a link to the source, or plain text."""

import re
from collections.abc import Collection
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Final

from ops.site.pages import ROOT, Page

_ELSEWHERE: Final = re.compile(r"[a-z]+:|//|#")
_FENCE: Final = re.compile(r"\s*```")
# A link of Markdown, or a span of code, in which nothing is a link.
_LINK: Final = re.compile(r"(?P<code>`+[^`]+`+(?!\]))|(?<!!)\[(?P<words>[^\]]+)\]\((?P<target>[^)\s]+)\)")


def lead(page: Page, *, within: Collection[str], source_url: str | None, root: Path = ROOT) -> str:
    """Return the text of a page with links that hold in the site; ``within`` are the paths of files that are in it.

    A file of the project that is not in the site is linked below ``source_url``, and is plain text without one.
    A target that does not exist stays as it is: mkdocs refuses it.
    """
    lines, fenced = [], False
    for line in page.text.split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
        lines.append(line if fenced else _LINK.sub(lambda found: _led(found, page, within, source_url, root), line))
    return "\n".join(lines)


def _led(found: re.Match[str], page: Page, within: Collection[str], source_url: str | None, root: Path) -> str:
    target = found["target"]
    if found["code"] is not None:
        return found[0].replace("\\|", "|")  # GitHub wants it escaped in a table, Python-Markdown shows the backslash
    if _ELSEWHERE.match(target):
        return found[0]
    source = normpath(str(PurePosixPath(page.source.parent) / target.partition("#")[0]))
    if source in within or not (root / source).exists():
        return found[0]
    return found["words"] if source_url is None else f"[{found['words']}]({source_url.rstrip('/')}/{source})"


def anchor(title: str, separator: str = "-") -> str:
    """Return the anchor of a heading as GitHub makes it, so that a link works there and here."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", separator)

"""Render: one page of Markdown as HTML that needs no script and no network, from a phone to a wide screen."""

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise
from pathlib import PurePosixPath
from posixpath import normpath, relpath
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ops.site.pages import Page
from ops.site.style import STYLE

EXTERNAL: Final = re.compile(r"[a-z]+:|//")
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable("table")


def render(page: Page, menu: Mapping[str, Sequence[tuple[str, PurePosixPath]]], *, files: Sequence[str]) -> str:
    """Return the page; ``menu`` gives (title, place) under each heading, ``files`` the sources that are in the site.

    Links to other pages lead to their place; links to files of the project that are no pages become plain text.
    """
    tokens = _MARKDOWN.parse(page.text)
    _name_headings(tokens)
    for token in tokens:
        _lead(token.children or [], page, files)
    body = _MARKDOWN.renderer.render(_frame_tables(tokens), _MARKDOWN.options, {})
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(page.title)} · LedgerMind</title><style>{STYLE}</style></head><body>"
        '<a class="skip" href="#text">Skip to the text</a>'
        '<a class="pages" href="#pages">All pages</a><div class="page">'
        f'<nav id="pages" aria-label="Pages">{_menu(page, menu)}</nav>'
        f'<main id="text">{body}</main></div></body></html>\n'
    )


def slug(title: str) -> str:
    """Return the anchor of a heading as GitHub makes it, so that links work there and here."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


def _menu(page: Page, menu: Mapping[str, Sequence[tuple[str, PurePosixPath]]]) -> str:
    parts = []
    for heading, entries in menu.items():
        here = any(place == page.place for _, place in entries)
        links = "".join(_entry(page, title, place) for title, place in entries)
        shown = " open" if here or heading == "Project" else ""
        parts.append(f"<details{shown}><summary>{escape(heading)}</summary><ul>{links}</ul></details>")
    return "".join(parts)


def _entry(page: Page, title: str, place: PurePosixPath) -> str:
    current = ' aria-current="page"' if place == page.place else ""
    return f'<li><a href="{relpath(place, page.place.parent)}"{current}>{escape(title)}</a></li>'


def _name_headings(tokens: Sequence[Token]) -> None:
    used: dict[str, int] = {}
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            name = slug("".join(child.content for child in inline.children or []))
            used[name] = used.get(name, -1) + 1
            token.attrSet("id", name if not used[name] else f"{name}-{used[name]}")


def _lead(children: Sequence[Token], page: Page, files: Sequence[str]) -> None:
    """Point each link to where its target lies in the site; what is not there is no link."""
    ends: list[bool] = []
    for token in children:
        if token.type == "link_open":
            target, ends = _target(str(token.attrGet("href") or ""), page, files), [*ends, False]
            if target is None:
                token.tag, token.attrs, ends[-1] = "span", {}, True
            else:
                token.attrSet("href", target)
        elif token.type == "link_close" and ends.pop():
            token.tag = "span"


def _target(href: str, page: Page, files: Sequence[str]) -> str | None:
    if EXTERNAL.match(href) or href.startswith("#"):
        return href
    path, mark, anchor = href.partition("#")
    source = normpath(str(page.source.parent / path))
    if source not in files:
        return None
    place = Page(PurePosixPath(source), "", "").place
    return relpath(place, page.place.parent) + mark + anchor


def _frame_tables(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with each table, and each block of code, in a frame that scrolls, with the keyboard too."""
    return [part for token in tokens for part in _framed(token)]


def _framed(token: Token) -> Iterator[Token]:
    begin = Token("html_block", "", 0, content='<div class="scroll" role="region" tabindex="0" aria-label="Table">')
    end = Token("html_block", "", 0, content="</div>")
    if token.type == "table_open":
        yield begin
    if token.type == "th_open":
        token.attrSet("scope", "col")
    if token.type == "fence":
        code = f'<pre tabindex="0"><code>{escape(token.content)}</code></pre>'
        token = Token("html_block", "", 0, content=code)
    yield token
    if token.type == "table_close":
        yield end

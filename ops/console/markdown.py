"""Markdown: a runbook or a card as HTML, each table in a region that is scrolled by keyboard, too."""

import re
from itertools import count

from markdown_it import MarkdownIt


def to_html(text: str) -> str:
    """Return HTML; markup in the text is shown and not read."""
    numbers = count(1)
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return re.sub("<table>", lambda _: _opened(next(numbers)), html).replace("</table>", "</table></div>")


def _opened(number: int) -> str:
    return f'<div class="scroll" role="region" aria-label="Table {number}" tabindex="0"><table>'

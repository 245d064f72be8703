"""Render: templates with every value escaped; pages are HTML that needs no script to be read."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import jinja2

from ops.console import words
from schemas.taxonomy.display import category_name

HERE: Final = Path(__file__).parent
# name, path, title; a page is linked where it stands here
PAGES: Final = (
    ("now", "/", "Now"),
    ("history", "/history", "History"),
    ("try", "/try", "Try it"),
    ("compare", "/compare", "Compare"),
    ("releases", "/releases", "Releases"),
    ("dead_letters", "/dead-letters", "Dead letters"),
    ("labels", "/labels", "Labels"),
)


class Renderer:
    """Renders the templates of the console."""

    def __init__(self) -> None:
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        for name in (
            "percent",
            "format_confidence",
            "format_count",
            "format_number",
            "duration",
            "moment",
            "clock",
            "shadow",
            "format_share",
            "stage",
            "sparkline",
        ):
            self._templates.filters[name] = getattr(words, name)
        self._templates.filters["category_name"] = category_name

    def part(self, name: str, values: Mapping[str, object]) -> str:
        """Return one template, filled in."""
        return self._templates.get_template(f"{name}.html").render(values)

    def page(self, name: str, title: str, values: Mapping[str, object], *, current: str | None = None) -> str:
        """Return a whole page; ``current`` is the name of its entry in the menu."""
        pages: Sequence[tuple[str, str, str]] = PAGES
        return self.part(name, {"title": title, "pages": pages, "current": current or name, **values})

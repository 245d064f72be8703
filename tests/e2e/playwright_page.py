"""Playwright page: a tab of the Chromium on this machine that notes what it fetches and what goes wrong in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pytest

from ops.patience import patience_seconds
from tests.e2e.chromium import browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HEIGHT = 900


@dataclass(slots=True)
class Tab:
    """A page of the console in a browser; ``faults`` are errors of its scripts, ``fetched`` every address it asked."""

    page: "Page"
    url: str
    fetched: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Go to a page of the console."""
        self.page.goto(f"{self.url}{path}")

    @property
    def text(self) -> str:
        """What a reader sees, in one line."""
        return " ".join(self.page.inner_text("body").split())

    @property
    def excess(self) -> int:
        """How many pixels of the page stick out of the window to the right."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def violations(self) -> list[str]:
        """Return what axe-core finds against WCAG 2.2 AA and good practice, one line each."""
        from axe_playwright_python.sync_playwright import Axe

        found: list[dict[str, Any]] = Axe().run(self.page).response["violations"]
        return [f"{one['id']}: {node['html'][:160]} {node['failureSummary']}" for one in found for node in one["nodes"]]


@contextmanager
def launched() -> Iterator["Browser"]:
    """Run the browser; skips where Chromium, Playwright or axe-core is missing."""
    found = browser()
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed: make setup")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: make setup")
    with api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield running
        finally:
            running.close()


@contextmanager
def tab(
    chromium: "Browser", url: str, *, width: int = 1280, scheme: Literal["light", "dark"] = "light", script: bool = True
) -> Iterator[Tab]:
    """Open a tab of a width in pixels, with the colours that the reader prefers."""
    context = chromium.new_context(
        viewport={"width": width, "height": HEIGHT}, color_scheme=scheme, java_script_enabled=script
    )
    context.set_default_timeout(1_000 * patience_seconds())
    page = context.new_page()
    opened = Tab(page, url)
    page.on("request", lambda request: opened.fetched.append(request.url))
    page.on("pageerror", lambda error: opened.faults.append(str(error)))
    page.on("dialog", lambda dialog: opened.faults.append(f"dialog: {dialog.message}"))
    page.on("console", lambda said: opened.faults.append(said.text) if said.type == "error" else None)
    try:
        yield opened
    finally:
        context.close()

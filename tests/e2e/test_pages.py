"""The docs site with model card and dbt's documentation in a real browser: on a phone, on a desk, by keyboard."""

import os
import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from ops.site.__main__ import write_site
from ops.warehouse.dbt import Warehouse
from ops.warehouse.dbt_docs import write_docs
from scorer.release.manifest import CARD_PAGE
from tests.e2e.chromium import served
from tests.e2e.playwright_page import Tab, launched, tab
from tests.support.small_dataset import release
from trainer.release.registry import Registry

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.integration

# What each page's title begins with.
PAGES = {
    "index.html": "LedgerMind",
    "docs/OBSERVABILITY.html": "Observability",
    "docs/DATA_QUALITY.html": "Data quality",
    "docs/METRICS.html": "Metrics",
    "docs/TESTING.html": "Testing",
    "schemas/contracts/index.html": "API contracts",
    "schemas/contracts/suggestions.html": "suggestions",
    "ops/deploy/runbooks/MLFallbackSpike.html": "MLFallbackSpike",
    "docs/adr/0003-one-champion.html": "0003. ",
    "card.html": "Model ",
    "dbt.html": "dbt Docs",
}
WIDTHS = (1280, 400)


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    with launched() as running:
        yield running


@pytest.fixture(scope="module")
def folder(chromium: "Browser", tmp_path_factory: pytest.TempPathFactory, migrated: str) -> Path:
    """Return the site with a card and dbt's documentation in it, as the workflow publishes it."""
    folder = tmp_path_factory.mktemp("site")
    version, files = release()
    registry = Registry(str(folder / "registry"))
    registry.write(version, files)
    page = write_docs(Warehouse(migrated, folder / "dbt"))
    found = write_site(folder / "site", registry=registry, dbt_page=page)
    assert found == {"card": True, "dbt": True}
    assert (folder / "site" / "card.html").read_bytes() == files[CARD_PAGE]
    return folder / "site"


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[str]:
    with served(folder) as address:
        yield address


def screenshot(opened: Tab, name: str) -> None:
    """Keep a picture of the page, where a folder for them is given."""
    if kept := os.environ.get("SCREENSHOTS"):
        opened.page.screenshot(path=f"{kept}/{name}.png")


def focused(opened: Tab, what: str = "textContent") -> str:
    """Return a property of what has the focus."""
    return str(opened.page.evaluate(f"document.activeElement.{what}") or "").strip()


def tab_to(opened: Tab, words: str, *, key: str = "Tab", at_most: int = 200) -> None:
    """Press a key until what has the focus begins with these words and is seen to have it."""
    for _ in range(at_most):
        opened.page.keyboard.press(key)
        if "".join(focused(opened).split()).startswith("".join(words.split())):  # dbt sets a long name in two parts
            assert opened.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"{words!r} is not reached by {at_most} times {key}")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("place", PAGES)
def test_a_page_fits_has_its_title_and_fetches_nothing_from_elsewhere(
    chromium: "Browser", site: str, place: str, width: int
) -> None:
    with tab(chromium, site, width=width) as opened:
        missing: list[str] = []
        opened.page.on(
            "response", lambda got: missing.append(got.url) if got.status >= HTTPStatus.BAD_REQUEST else None
        )
        opened.open(f"/{place}")
        opened.page.wait_for_load_state("networkidle")
        screenshot(opened, f"{place.replace('/', '-')}-{width}")
        assert opened.page.title().startswith(PAGES[place])
        assert opened.page.locator("h1").first.inner_text()
        assert opened.excess <= 0
        assert [fault for fault in opened.faults if not fault.startswith("Failed to load resource")] == []
        assert [url for url in missing if not url.endswith("/favicon.ico") and "getIcon" not in url] == []
        assert {urlsplit(address).netloc for address in opened.fetched} <= {urlsplit(site).netloc, ""}


def test_dbt_s_page_opens_on_our_own_overview(chromium: "Browser", site: str) -> None:
    with tab(chromium, site) as opened:
        opened.open("/dbt.html")
        opened.page.wait_for_selector('h1:has-text("LedgerMind\'s warehouse")')
        assert "Welcome to the auto-generated documentation" not in opened.text


def test_the_menu_of_a_desk_is_used_by_keyboard(chromium: "Browser", site: str) -> None:
    with tab(chromium, site) as opened:
        opened.open("/index.html")
        opened.page.keyboard.press("Tab")
        assert focused(opened) == "Skip to content"
        tab_to(opened, "Runbooks")
        opened.page.keyboard.press("Enter")
        opened.page.wait_for_url("**/ops/deploy/runbooks/*.html")
        tab_to(opened, "MLFallbackSpike")
        opened.page.keyboard.press("Enter")
        opened.page.wait_for_url("**/MLFallbackSpike.html")


def test_the_menu_of_a_phone_is_used_by_keyboard(chromium: "Browser", site: str) -> None:
    with tab(chromium, site, width=400) as opened:
        opened.open("/docs/METRICS.html")
        opened.page.keyboard.press("Tab")
        while focused(opened, "getAttribute('for')") != "__drawer":
            opened.page.keyboard.press("Tab")
        opened.page.keyboard.press("Enter")
        assert opened.page.is_checked("#__drawer")
        tab_to(opened, "Guides")
        opened.page.keyboard.press("Enter")
        tab_to(opened, "Observability")
        opened.page.keyboard.press("Enter")
        opened.page.wait_for_url("**/OBSERVABILITY.html")


@pytest.mark.parametrize("from_a_folder", [False, True], ids=["served", "from a folder"])
def test_the_search_finds_a_page_and_leads_to_it_by_keyboard(
    chromium: "Browser", site: str, folder: Path, from_a_folder: bool
) -> None:
    with tab(chromium, folder.as_uri() if from_a_folder else site) as opened:
        opened.open("/index.html")
        opened.page.keyboard.press("/")
        opened.page.keyboard.type("excess fallback")
        opened.page.wait_for_selector(".md-search-result__link")
        opened.page.keyboard.press("ArrowDown")
        opened.page.keyboard.press("Enter")
        opened.page.wait_for_url(re.compile(r"\?h="))
        assert "fallback" in opened.text
        assert [
            address for address in opened.fetched if address.startswith("http") and not address.startswith(site)
        ] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_card_s_menu_is_used_by_keyboard(chromium: "Browser", site: str, width: int) -> None:
    with tab(chromium, site, width=width) as opened:
        opened.open("/card.html")
        tab_to(opened, "Thresholds")
        opened.page.keyboard.press("Enter")
        assert opened.page.url.rpartition("#")[2]


@pytest.mark.parametrize("width", WIDTHS)
def test_dbt_s_menu_is_used_by_keyboard_down_to_a_model(chromium: "Browser", site: str, width: int) -> None:
    with tab(chromium, site, width=width) as opened:
        opened.open("/dbt.html")
        opened.page.wait_for_selector('h1:has-text("LedgerMind\'s warehouse")')
        for entry in ("ledgermind", "models", "marts", "fct_suggestion_compare"):
            tab_to(opened, entry)
            opened.page.keyboard.press("Enter")
        opened.page.wait_for_url("**#!/model/model.ledgermind.fct_suggestion_compare")
        opened.page.wait_for_selector('h1:has-text("fct_suggestion_compare")')

"""The docs site and dbt's documentation in a real browser: everything is there, and nothing sticks out on a phone."""

from pathlib import Path

import pytest

from ops.site.__main__ import write_site
from ops.site.pages import read_pages
from ops.warehouse.dbt import Warehouse
from ops.warehouse.dbt_docs import write_docs
from scorer.release.manifest import CARD_PAGE
from tests.e2e.chromium import browser, measure_served
from tests.support.small_dataset import release
from trainer.release.registry import Registry

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, migrated: str) -> Path:
    """Return the site with a card and dbt's documentation in it, as the workflow publishes it."""
    browser()
    folder = tmp_path_factory.mktemp("site")
    version, files = release()
    registry = Registry(str(folder / "registry"))
    registry.write(version, files)
    page = write_docs(Warehouse(migrated, folder / "dbt"))
    found = write_site(folder / "site", registry=registry, dbt_page=page)
    assert found == {"card": True, "dbt": True}
    assert (folder / "site" / "card.html").read_bytes() == files[CARD_PAGE]
    return folder / "site"


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize(
    "place", ["index.html", "docs/DATA_QUALITY.html", "docs/OBSERVABILITY.html", "docs/METRICS.html"]
)
def test_a_page_of_the_site_fits_and_fetches_nothing(site: Path, tmp_path: Path, place: str, width: int) -> None:
    seen = measure_served(place, width=width, folder=site, directory=tmp_path)
    assert seen["needs"] <= seen["width"] == width
    assert seen["headings"]
    assert all(rows > 1 and columns > 1 for rows, columns in seen["tables"])
    assert (seen["unreachable"], seen["scripts"]) == (0, 0)
    titles = [page.title for pages in read_pages().values() for page in pages]
    assert all(title in seen["menu"] for title in [*titles, "Model card", "dbt documentation"])


@pytest.mark.parametrize("width", [400, 1280])
def test_dbt_s_page_opens_on_our_own_overview(site: Path, tmp_path: Path, width: int) -> None:
    seen = measure_served("dbt.html", width=width, folder=site, directory=tmp_path)
    assert "LedgerMind's warehouse" in seen["headings"]
    assert "Welcome to the auto-generated documentation" not in seen["text"]
    assert seen["needs"] <= seen["width"] == width

"""The docs site: every page is there, every link leads somewhere, and anchors are those of GitHub."""

import re
from html import unescape
from pathlib import Path

import pytest

from ops.site.__main__ import write_site
from ops.site.pages import read_pages
from ops.site.render import slug
from trainer.release.registry import Registry

LINK = re.compile(r'href="([^"]+)"')
ANCHOR = re.compile(r'id="([^"]+)"')


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the site without card and dbt's page, which a first run has not."""
    folder = tmp_path_factory.mktemp("site")
    found = write_site(folder / "site", registry=Registry(str(folder / "none")), dbt_page=folder / "none.html")
    assert found == {"card": False, "dbt": False}
    return folder / "site"


def test_every_page_is_written_and_named_in_the_menu_of_each(site: Path) -> None:
    pages = [page for found in read_pages().values() for page in found]
    assert len(pages) > 20
    front = unescape((site / "index.html").read_text())
    assert [page.source for page in pages if f">{page.title}</a>" not in front] == []
    assert [page.place for page in pages if not (site / page.place).is_file()] == []


def test_every_link_leads_to_a_page_of_the_site_and_to_an_anchor_that_is_there(site: Path) -> None:
    dead = []
    for page in site.rglob("*.html"):
        text = page.read_text()
        for href in map(unescape, LINK.findall(text)):
            if re.match("[a-z]+:", href):
                continue
            path, _, anchor = href.partition("#")
            target = (page.parent / path).resolve() if path else page
            if not target.is_file() or (anchor and anchor not in ANCHOR.findall(target.read_text())):
                dead.append((page.name, href))
    assert dead == []


def test_what_is_no_page_is_no_link_and_a_script_stays_text(site: Path) -> None:
    metrics = (site / "docs" / "METRICS.html").read_text()
    assert "<span>scorer/rollout/rates.py</span>" in metrics
    assert not [page.name for page in site.rglob("*.html") if "<script" in page.read_text()]


@pytest.mark.parametrize(
    ("title", "anchor"),
    [
        ("When a guard speaks", "when-a-guard-speaks"),
        ("What to look at first when …", "what-to-look-at-first-when-"),
        ("`raw` and marts: sizes", "raw-and-marts-sizes"),
    ],
)
def test_an_anchor_is_the_one_that_github_makes(title: str, anchor: str) -> None:
    assert slug(title) == anchor

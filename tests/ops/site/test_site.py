"""The docs site: each page says what GitHub shows of it, each link leads somewhere, nothing is fetched."""

import json
import re
from collections import Counter
from html import unescape
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath

import pytest
from markdown_it import MarkdownIt

from ops.errors import OpsError
from ops.site.__main__ import write_site
from ops.site.build import build
from ops.site.contracts import contract_files
from ops.site.links import anchor, lead
from ops.site.pages import CONTRACTS, Page, read_pages
from schemas.contracts.json_schema import json_schemas
from schemas.contracts.topics import TOPICS
from tests.conftest import ROOT
from trainer.release.registry import Registry

LINK = re.compile(r'(?:href|src)="([^"]+)"')
ANCHOR = re.compile(r'(?:id|name)="([^"]+)"')
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
COUNTED = {"h1", "h2", "h3", "table", "tr", "td", "ul", "ol", "li", "pre", "blockquote", "strong"}
PAGES = {str(page.source): page for pages in read_pages().values() for page in pages}


class Shown(HTMLParser):
    """What a reader sees of a page: its text without spaces, and how many of each element."""

    def __init__(self, html: str, *, inside: str | None = None) -> None:
        super().__init__()
        self.inside, self.within, self.hidden = inside, inside is None, 0
        self.parts: list[str] = []
        self.elements: Counter[str] = Counter()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.within = self.within or tag == self.inside
        self.hidden += tag in ("style", "script")
        if self.within and tag in COUNTED:
            self.elements[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        self.within = self.within and tag != self.inside
        self.hidden -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        if self.within and not self.hidden:
            self.parts.append(data)

    @property
    def text(self) -> str:
        return "".join("".join(self.parts).split())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the site without card and dbt's page, which a first run has not."""
    folder = tmp_path_factory.mktemp("site")
    found = write_site(folder / "site", registry=Registry(str(folder / "none")), dbt_page=folder / "none.html")
    assert found == {"card": False, "dbt": False}
    return folder / "site"


def test_every_page_is_written_and_named_in_the_menu(site: Path) -> None:
    assert len(PAGES) > 100
    front = " ".join(unescape(re.sub(r"<[^>]+>", " ", (site / "index.html").read_text())).split())
    assert [page.title for page in PAGES.values() if " ".join(page.title.split()) not in front] == []
    assert [page.place for page in PAGES.values() if not (site / page.place).is_file()] == []


def test_every_guide_decision_runbook_and_topic_is_a_page() -> None:
    tracked = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "ops" / "deploy" / "runbooks").glob("*.md")]
    assert {path.relative_to(ROOT).as_posix() for path in tracked} <= set(PAGES)
    assert {f"schemas/contracts/{spec.name}.md" for spec in TOPICS} <= set(PAGES)


@pytest.mark.parametrize("source", PAGES)
def test_a_page_says_what_it_says_on_github(site: Path, source: str) -> None:
    """Lists, tables and blocks of code are those of GitHub's Markdown; mkdocs reads another dialect."""
    page = PAGES[source]
    github = Shown(MarkdownIt("commonmark", {"html": True}).enable("table").render(COMMENT.sub("", page.text)))
    here = Shown((site / page.place).read_text(), inside="article")
    assert here.elements == github.elements
    assert here.text == github.text


def test_every_link_leads_to_a_page_of_the_site_and_to_an_anchor_that_is_there(site: Path) -> None:
    dead = []
    for page in site.rglob("*.html"):
        if page.name == "404.html":  # it stands at any depth, so its addresses begin at the root
            continue
        for href in map(unescape, LINK.findall(page.read_text())):
            path, _, fragment = href.partition("#")
            target = (page.parent / path).resolve() if path else page
            there = target.is_file() and (not fragment or fragment in ANCHOR.findall(target.read_text()))
            if not there and not re.match("[a-z]+:", href):
                dead.append((page.name, href))
    assert dead == []


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    loaded = re.compile(r'<(?:script|img|iframe|source)\b[^>]*\bsrc="([^"]+)"|<link\b[^>]*\bhref="([^"]+)"')
    pages = [page.read_text() for page in site.rglob("*.html")]
    assert {
        one for page in pages for found in loaded.findall(page) for one in found if re.match("[a-z]+:|//", one)
    } == set()
    styles = " ".join(style.read_text() for style in site.rglob("*.css"))
    named = [one.strip("\"' ") for one in re.findall(r"url\((\S+?)[)\s]", styles)]
    assert named
    assert [one for one in named if not one.startswith("data:")] == []
    assert "@import" not in styles


def test_each_link_that_leads_nowhere_stops_the_build_and_is_named(tmp_path: Path) -> None:
    dead = ["GONE.md", "../ops/gone.py", "#gone", "OTHER.md#lost", "/docs/OTHER.md"]
    links = ", ".join(f"[{number}]({target})" for number, target in enumerate(dead))
    front = Page(PurePosixPath("README.md"), "Front", "# Front\n")
    other = Page(PurePosixPath("docs/OTHER.md"), "Other", "# Other\n")
    page = Page(PurePosixPath("docs/PAGE.md"), "Page", f"# Page\nSee {links}, and [what is there](OTHER.md#other).\n")
    with pytest.raises(OpsError) as refused:
        build(tmp_path / "site", {"Project": [front, other, page]}, extras={})
    lines = [line for line in str(refused.value).splitlines() if line.startswith("WARNING")]
    assert [target for target in dead if not any(f"'{target}'" in line for line in lines)] == []
    assert len(lines) == len(dead)


@pytest.mark.parametrize(
    ("text", "source_url", "led"),
    [
        pytest.param("[rates](../scorer/errors.py)", None, "rates", id="a file that is no page"),
        pytest.param(
            "[rates](../scorer/errors.py)", "https://example.org/blob/1/", "[rates](https://example.org/blob/1/scorer/errors.py)",
            id="a file that can be read elsewhere",
        ),
        pytest.param("[other](OTHER.md#a)", None, "[other](OTHER.md#a)", id="a page"),
        pytest.param("[gone](GONE.md)", None, "[gone](GONE.md)", id="nothing, for mkdocs to refuse"),
        pytest.param("`[x](../README.md)`", None, "`[x](../README.md)`", id="code"),
        pytest.param("```\n[x](../README.md)\n```", None, "```\n[x](../README.md)\n```", id="a block of code"),
        pytest.param("[`code`](../README.md)", None, "`code`", id="code as words"),
        pytest.param("[a](https://example.org)", None, "[a](https://example.org)", id="the web"),
    ],
)  # fmt: skip
def test_a_link_leads_to_a_page_or_to_the_source_or_is_text(text: str, source_url: str | None, led: str) -> None:
    page = Page(PurePosixPath("docs/PAGE.md"), "Page", text)
    assert lead(page, within={"docs/OTHER.md"}, source_url=source_url) == led


@pytest.mark.parametrize("topic", json_schemas())
def test_a_topic_s_page_names_each_field_and_leads_to_the_schema_itself(site: Path, topic: str) -> None:
    page = (site / "schemas" / "contracts" / f"{topic}.html").read_text()
    schema = json.loads((ROOT / "schemas" / "contracts" / "jsonschema" / f"{topic}.json").read_text())
    fields = {field for one in schema["$defs"].values() for field in one.get("properties", ())}
    assert fields
    assert {field for field in fields if f"<code>{field}</code>" not in page} == set()
    assert f'href="jsonschema/{topic}.json"' in page
    assert "Example: " in page


def test_the_documents_for_machines_are_the_committed_ones(site: Path) -> None:
    assert len(contract_files()) == len(json_schemas()) + 1
    assert [name for name in contract_files() if (site / name).read_bytes() != (ROOT / name).read_bytes()] == []
    assert len(read_pages()[CONTRACTS]) == len(TOPICS) + 1


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("When a guard speaks", "when-a-guard-speaks"),
        ("What to look at first when …", "what-to-look-at-first-when-"),
        ("`raw` and marts: sizes", "raw-and-marts-sizes"),
    ],
)
def test_an_anchor_is_the_one_that_github_makes(title: str, name: str) -> None:
    assert anchor(title) == name

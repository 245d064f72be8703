"""A link of a page holds in the site, leads to the source, or becomes plain text; code is left alone."""

from pathlib import Path, PurePosixPath

import pytest

from ops.site.links import anchor, lead
from ops.site.pages import Page

SOURCE = "https://example.org/blob/main"


def led(text: str, root: Path, source_url: str | None = SOURCE) -> str:
    page = Page(PurePosixPath("docs/GUIDE.md"), "Guide", text)
    return lead(page, within={"docs/TOPICS.md"}, source_url=source_url, root=root)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "ops").mkdir()
    (tmp_path / "ops/errors.py").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("text", "in_the_site"),
    [
        pytest.param("[t](TOPICS.md#one)", "[t](TOPICS.md#one)", id="a page of the site"),
        pytest.param("[t](https://example.org)", "[t](https://example.org)", id="elsewhere"),
        pytest.param("[t](#below)", "[t](#below)", id="on the page"),
        pytest.param("[t](../ops/errors.py#L3)", f"[t]({SOURCE}/ops/errors.py)", id="a file of the project"),
        pytest.param("[t](../ops/gone.py)", "[t](../ops/gone.py)", id="a file that is gone is left to be refused"),
        pytest.param("`[t](../ops/errors.py)`", "`[t](../ops/errors.py)`", id="code"),
        pytest.param("![t](../ops/errors.py)", "![t](../ops/errors.py)", id="a picture"),
        pytest.param("`a\\|b`", "`a|b`", id="a bar in code of a table"),
    ],
)
def test_each_kind_of_target(root: Path, text: str, in_the_site: str) -> None:
    assert led(text, root) == in_the_site


def test_without_a_place_for_the_source_a_link_to_it_is_its_words(root: Path) -> None:
    assert led("see [the errors](../ops/errors.py)", root, None) == "see the errors"


def test_what_stands_in_a_fence_is_no_link(root: Path) -> None:
    text = "```\n[t](../ops/errors.py)\n```\n[t](../ops/errors.py)"
    assert led(text, root).splitlines()[1:] == ["[t](../ops/errors.py)", "```", f"[t]({SOURCE}/ops/errors.py)"]


def test_an_anchor_is_the_one_that_the_forge_makes() -> None:
    assert anchor("What's new? A `--map` of two words") == "whats-new-a---map-of-two-words"

"""Whatever stands in a value is text on the page, and a value that a template misses is an error and no blank."""

import jinja2
import pytest

from ops.console.render import PAGES, Renderer

MARKUP = "<script>alert('x')</script>"


def test_a_value_is_never_markup() -> None:
    page = Renderer().page("error", MARKUP, {"message": MARKUP, "words": MARKUP, "status": 404, "refresh": None})
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError):
        Renderer().part("history", {})


def test_the_menu_names_each_page_once_and_leads_to_it() -> None:
    page = Renderer().page("error", "t", {"message": "m", "words": "m", "status": 404, "refresh": None})
    for _, path, title in PAGES:
        assert page.count(f'href="{path}"') >= 1
        assert f">{title}<" in page

"""Another program's categories in ours."""

import pytest

from ops.csv_import.categories import CategoryMap, CategoryMapError
from schemas.taxonomy import Category


def test_a_foreign_name_is_translated_whatever_its_capitals() -> None:
    categories = CategoryMap.parse('Food=Groceries,"Bars, pubs=dining"')
    assert categories.find("food") is Category("Groceries")
    assert categories.find("BARS, PUBS") is Category("Dining")


def test_our_own_names_need_no_entry() -> None:
    assert CategoryMap.parse("").find("fuel & auto") is Category("Fuel & Auto")


def test_a_name_can_be_declared_no_label() -> None:
    assert CategoryMap.parse("Misc=").find("Misc") is None


def test_an_unknown_name_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        CategoryMap.parse("").find("Lunch")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("Food", "has no '='", id="no equals sign"),
        pytest.param("Food=Grocery", "did you mean 'Groceries'", id="a misspelt category"),
        pytest.param("Food=Xyzzy", "there are Groceries", id="no category at all"),
    ],
)
def test_a_map_that_makes_no_sense_says_what_to_write(text: str, says: str) -> None:
    with pytest.raises(CategoryMapError, match=says):
        CategoryMap.parse(text)

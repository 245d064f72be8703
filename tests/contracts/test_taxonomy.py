"""Everything that names categories names those of the taxonomy."""

import csv

import pytest

from ops.cli.commands.schemas import ROOT
from schemas.taxonomy import CATEGORIES, CATEGORY_DEFINITIONS, Category

PLAID = {
    "INCOME", "TRANSFER_IN", "TRANSFER_OUT", "LOAN_PAYMENTS", "BANK_FEES", "ENTERTAINMENT", "FOOD_AND_DRINK",
    "GENERAL_MERCHANDISE", "HOME_IMPROVEMENT", "MEDICAL", "PERSONAL_CARE", "GENERAL_SERVICES",
    "GOVERNMENT_AND_NON_PROFIT", "TRANSPORTATION", "TRAVEL", "RENT_AND_UTILITIES",
}  # fmt: skip


def column(name: str, key: str) -> list[str]:
    with (ROOT.parent / "crosswalks" / name).open(newline="", encoding="utf-8") as file:
        return [row[key] for row in csv.DictReader(file)]


def test_there_are_22_categories_each_defined_once() -> None:
    assert len(CATEGORIES) == 22
    assert [definition.category for definition in CATEGORY_DEFINITIONS] == list(CATEGORIES)


def test_who_names_a_member_of_the_default_taxonomy_finds_it() -> None:
    """A script of a user may; no module of ours does."""
    names = [category.name for category in CATEGORIES]
    assert names[:4] == ["GROCERIES", "DINING", "TRANSPORT", "FUEL_AUTO"]
    assert all(name.isidentifier() and name.isupper() for name in names)


@pytest.mark.parametrize("name", ["mcc.csv", "osm.csv"])
def test_a_crosswalk_names_only_our_categories(name: str) -> None:
    assert {value for value in column(name, "category") if value} <= {category.value for category in Category}


def test_every_category_has_its_place_in_plaid_s_taxonomy() -> None:
    assert column("plaid.csv", "category") == [category.value for category in CATEGORIES]
    assert set(column("plaid.csv", "plaid_primary")) <= PLAID

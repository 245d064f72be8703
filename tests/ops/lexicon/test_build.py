"""The vocabulary is made of the index by stated rules."""

import pytest

from ops.lexicon.build import IndexItem, IndexSection, build_brands, write_brands
from schemas.crosswalks.crosswalk import Brand, Strength, parse_brands
from schemas.taxonomy import Category

TAGS = {
    "shop/supermarket": Category("Groceries"),
    "amenity/fuel": Category("Fuel & Auto"),
    "amenity/restaurant": Category("Dining"),
    "shop/clothes": Category("Shopping"),
    "amenity/bank": Category("Fees & Interest"),
}


def item(name: str, *countries: str) -> IndexItem:
    return {"displayName": name, "locationSet": {"include": list(countries)}, "tags": {"name": name}}


def build(**sections: list[IndexItem]) -> list[tuple[str, str, str]]:
    index: dict[str, IndexSection] = {
        f"brands/{path.replace('_', '/')}": {"items": items} for path, items in sections.items()
    }
    known = [Brand("netflix", Category("Subscriptions & Digital"), Strength.KNOWN, frozenset())]
    found = build_brands(index, tag_categories=TAGS, known=known)
    return [(brand.name, brand.default, " ".join(sorted(brand.countries))) for brand in found]


NETFLIX = ("netflix", Category("Subscriptions & Digital"), "")


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        pytest.param(
            {"shop_supermarket": [item("Zabkarow Süd (group)", "de", "at")]},
            [NETFLIX, ("zabkarow sud", Category("Groceries"), "AT DE")],
            id="folded, without brackets, with its countries",
        ),
        pytest.param({"shop_supermarket": [item("Market", "de")]}, [NETFLIX], id="an ordinary word"),
        pytest.param({"shop_supermarket": [item("Żab", "pl")]}, [NETFLIX], id="too short"),
        pytest.param({"shop_supermarket": [item("スーパー", "jp")]}, [NETFLIX], id="not in our letters"),
        pytest.param({"amenity_bank": [item("Zabkabank", "de")]}, [NETFLIX], id="a bank"),
        pytest.param(
            {"shop_supermarket": [item("Zabkarow", "de")], "amenity_fuel": [item("Zabkarow", "de")]},
            [NETFLIX, ("zabkarow", Category("Groceries"), "DE")],
            id="the main business above the pump",
        ),
        pytest.param(
            {"shop_supermarket": [item("Zabkarow", "de")], "shop_clothes": [item("Zabkarow", "de")]},
            [NETFLIX],
            id="two main businesses in one country",
        ),
        pytest.param(
            {"shop_supermarket": [item("Zabkarow", "de")], "shop_clothes": [item("Zabkarow", "us")]},
            [NETFLIX, ("zabkarow", Category("Groceries"), "DE"), ("zabkarow", Category("Shopping"), "US")],
            id="two businesses in two countries",
        ),
        pytest.param({"shop_clothes": [item("Netflix", "us")]}, [NETFLIX], id="a name chosen by hand wins"),
    ],
)
def test_names_come_by_the_stated_rules(
    sections: dict[str, list[IndexItem]], expected: list[tuple[str, Category, str]]
) -> None:
    assert build(**sections) == expected


def test_what_is_written_is_read_again() -> None:
    written = [Brand("rewe", Category("Groceries"), Strength.INDEX, frozenset({"DE", "AT"}))]
    assert list(parse_brands(write_brands(written).splitlines())) == written


def test_a_name_chosen_by_hand_gets_the_countries_of_its_own_business() -> None:
    index: dict[str, IndexSection] = {
        "brands/shop/supermarket": {"items": [item("Zabkarow", "de", "at")]},
        "brands/amenity/fuel": {"items": [item("Zabkarow", "us"), item("Velquor", "001"), item("Zabkarow", "pl")]},
    }
    known = [
        Brand("zabkarow", Category("Groceries"), Strength.KNOWN, frozenset()),
        Brand("velquor", Category("Fuel & Auto"), Strength.KNOWN, frozenset()),
        Brand("unheard of", Category("Dining"), Strength.KNOWN, frozenset({"GB"})),
    ]
    found = {brand.name: brand.countries for brand in build_brands(index, tag_categories=TAGS, known=known)}
    assert found == {"zabkarow": {"DE", "AT"}, "velquor": frozenset(), "unheard of": {"GB"}}


@pytest.mark.parametrize(
    ("name", "strength"),
    [
        pytest.param("three", Strength.ORDINARY, id="a word"),
        pytest.param("lv", Strength.ORDINARY, id="too short"),
        pytest.param("three mobile", Strength.KNOWN, id="two words"),
        pytest.param("netflix", Strength.KNOWN, id="no word"),
    ],
)
def test_a_name_chosen_by_hand_may_be_an_ordinary_word(name: str, strength: Strength) -> None:
    known = [Brand(name, Category("Shopping"), Strength.KNOWN, frozenset())]
    (brand,) = build_brands({}, tag_categories=TAGS, known=known, ordinary={"three", "mobile"})
    assert brand.strength is strength

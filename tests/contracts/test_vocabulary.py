"""The crosswalk files hold what programs expect of them."""

from collections import Counter

from schemas.crosswalks.crosswalk import Strength, brands, mcc_categories
from schemas.taxonomy import Category
from schemas.text.descriptor import norm_desc
from schemas.text.folding import fold

MIN_BRANDS = 4_000


def test_there_are_thousands_of_brand_names() -> None:
    assert len({brand.name for brand in brands()}) >= MIN_BRANDS


def test_every_brand_name_is_its_own_normal_form() -> None:
    assert [brand.name for brand in brands() if fold(brand.name) != brand.name] == []
    changed = [brand.name for brand in brands() if norm_desc(brand.name) != brand.name]
    assert len(changed) <= len(brands()) / 1_000, changed


def test_the_file_is_sorted_so_that_a_change_is_a_small_diff() -> None:
    names = [brand.name for brand in brands()]
    assert names == sorted(names)


def test_a_name_has_one_category_in_a_country() -> None:
    seen = Counter(
        (brand.name, country) for brand in brands() for country in (brand.countries or frozenset({"everywhere"}))
    )
    assert [key for key, count in seen.items() if count > 1] == []


def test_countries_are_codes_of_two_capital_letters() -> None:
    codes = {code for brand in brands() for code in brand.countries}
    assert {code for code in codes if len(code) != 2 or not code.isupper()} == set()


def test_names_chosen_by_hand_reach_where_the_index_does_not() -> None:
    known = {brand.category for brand in brands() if brand.strength is Strength.KNOWN}
    assert Category("Subscriptions & Digital") in known
    assert Category("Insurance") in known


def test_codes_are_four_digits_with_a_meaning() -> None:
    meanings = mcc_categories()
    assert len(meanings) > 800
    assert all(code.isdigit() and len(code) == 4 and meaning.description for code, meaning in meanings.items())

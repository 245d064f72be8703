"""The gazetteer knows which names say a place alone, and which only before the code of their state or country."""

from schemas.text.folding import fold
from schemas.text.places import ALONE, CITIES, PLACES_BY_CODE, REGIONS, parse_gazetteer

LINES = (
    "region,alone,coded",
    "us-ca,rancho cucamonga,commerce|walnut creek",
    "gb,llanfairpwllgwyngyll,bath",
)


def test_a_name_that_stands_alone_is_also_a_town_of_its_state_and_country() -> None:
    found = parse_gazetteer(LINES)
    assert found.alone == {"rancho cucamonga", "llanfairpwllgwyngyll"}
    assert {"rancho cucamonga", "commerce", "walnut creek"} <= found.by_code["ca"]


def test_a_single_word_is_a_town_of_its_state_but_not_of_the_whole_country() -> None:
    found = parse_gazetteer(LINES)
    assert "commerce" in found.by_code["ca"]
    assert "commerce" not in found.by_code["us"]
    assert "walnut creek" in found.by_code["us"] == found.by_code["usa"]


def test_a_country_without_states_has_its_single_words_under_each_of_its_codes() -> None:
    found = parse_gazetteer(LINES)
    assert "bath" in found.by_code["gb"] == found.by_code["gbr"] == found.by_code["uk"]


def test_a_name_longer_than_a_card_s_field_is_found_as_it_is_cut() -> None:
    found = parse_gazetteer(LINES)
    assert "rancho cucamo" in found.by_code["ca"]
    assert "llanfairpwllg" in found.by_code["gb"]
    assert "rancho cucamo" not in found.alone


def test_no_line_is_no_place() -> None:
    found = parse_gazetteer(LINES[:1])
    assert (found.alone, found.by_code) == (frozenset(), {})


def test_the_lists_hold_folded_names_only() -> None:
    names = CITIES | ALONE | REGIONS | set().union(*PLACES_BY_CODE.values())
    assert [name for name in sorted(names) if fold(name) != name] == []

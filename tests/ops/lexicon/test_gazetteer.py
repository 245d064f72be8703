"""The gazetteer is made of the cities of GeoNames by stated rules."""

import pytest

from ops.lexicon.gazetteer import City, build_gazetteer, write_gazetteer
from ops.lexicon.words import read_surnames, read_words
from schemas.text.places import parse_gazetteer

ORDINARY = {"castle", "rock", "commerce", "orange", "spa"}


def city(name: str, country: str, state: str = "", *others: str, people: int = 9_000) -> City:
    return {
        "name": name,
        "alternatenames": list(others),
        "countrycode": country,
        "admin1code": state,
        "population": people,
    }


@pytest.mark.parametrize(
    ("place", "alone", "coded"),
    [
        pytest.param(city("Costa Mesa", "US", "CA"), {}, {"us-ca": {"costa mesa"}}, id="us, with its state"),
        pytest.param(city("Commerce", "US", "CA"), {}, {"us-ca": {"commerce"}}, id="a state proves an ordinary word"),
        pytest.param(city("Castle Cary", "GB", "ENG"), {"gb": {"castle cary"}}, {}, id="two words, one not ordinary"),
        pytest.param(city("Castle Rock", "GB", "ENG"), {}, {"gb": {"castle rock"}}, id="two ordinary words"),
        pytest.param(city("Abingdon", "GB", "ENG"), {}, {"gb": {"abingdon"}}, id="a small town's single word"),
        pytest.param(city("Zabrowicz", "GB", people=200_000), {"gb": {"zabrowicz"}}, {}, id="a city's single word"),
        pytest.param(city("Preston", "GB", people=200_000), {}, {"gb": {"preston"}}, id="a surname"),
        pytest.param(city("Orange", "FR", "93"), {}, {}, id="an ordinary word, which no country proves"),
        pytest.param(city("Bad Acme", "DE"), {}, {"de": {"bad acme"}}, id="the end of a brand's name"),
        pytest.param(city("Weiler", "DE", people=1_500), {}, {}, id="a village"),
        pytest.param(
            city("Royal Leamington Spa", "GB", "ENG", "Leamington Spa", "Spa", "Лемингтон"),
            {"gb": {"royal leamington spa", "leamington spa"}},
            {},
            id="a part that is a name too",
        ),
        pytest.param(city("Hillcrest", "AU", "04"), {}, {"au-qld": {"hillcrest"}}, id="au, with its state"),
        pytest.param(city("Springfield", "CA", "08"), {}, {}, id="a country that is not read"),
    ],
)
def test_names_come_by_the_stated_rules(place: City, alone: dict[str, set[str]], coded: dict[str, set[str]]) -> None:
    found = build_gazetteer([place], ordinary=ORDINARY, surnames={"preston"}, brands=["hotel bad acme"])
    assert {region: kinds[0] for region, kinds in found.items() if kinds[0]} == alone
    assert {region: kinds[1] for region, kinds in found.items() if kinds[1]} == coded


def test_what_is_written_is_read_again() -> None:
    regions = build_gazetteer(
        [city("Colorado Springs", "US", "CO"), city("Commerce", "US", "CO"), city("Castle Cary", "GB")],
        ordinary=ORDINARY,
        surnames=(),
        brands=(),
    )
    gazetteer = parse_gazetteer(write_gazetteer(regions).splitlines())
    assert gazetteer.alone == {"castle cary"}
    assert gazetteer.by_code["co"] == {"colorado springs", "colorado spri", "commerce"}, "a card's field cuts the name"
    assert gazetteer.by_code["us"] == {"colorado springs", "colorado spri"}
    assert gazetteer.by_code["uk"] == gazetteer.by_code["gb"] == {"castle cary"}


def test_words_are_those_of_a_dictionary_without_its_names() -> None:
    assert read_words(["3", "three/S", "AAA", "Douglas/M", "google/SGD", "can't", "home"]) == {
        "three",
        "google",
        "home",
    }


def test_surnames_are_the_frequent_ones() -> None:
    lines = ["SMITH          1.006  1.006      1", "AALDERINK      0.000 90.483  88799"]
    assert read_surnames(lines) == {"smith"}
    with pytest.raises(ValueError, match="values"):
        read_surnames(["SMITH"])

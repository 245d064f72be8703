"""A number belongs to a name, or is a date, a store, a card or a reference; only the former stays."""

import pytest

from schemas.text.numbers import strip_numbers


@pytest.mark.parametrize(
    ("line", "kept", "boundary"),
    [
        pytest.param("", "", 0, id="nothing"),
        pytest.param("tesco stores 3021", "tesco", 1, id="a store number and the word before it"),
        pytest.param("tesco stores 3021 london", "tesco london", 1, id="the boundary stands where the number stood"),
        pytest.param("7 eleven 4711", "7 eleven", 2, id="a number that begins a name"),
        pytest.param("shop 7 eleven", "shop 7 eleven", 0, id="a number inside a name"),
        pytest.param("motel 6", "motel 6", 0, id="a name that ends in a number"),
        pytest.param("motel 600", "motel", 1, id="a number too long for such a name"),
        pytest.param("lidl 12", "lidl", 0, id="a short number is no boundary"),
        pytest.param("12 mai lidl", "lidl", 0, id="a day and its month"),
        pytest.param("mai lidl", "mai lidl", 0, id="a month without a day is a word"),
        pytest.param("lidl 04may2026 berlin", "lidl berlin", 1, id="a date in one word"),
        pytest.param("lidl 14t30", "lidl", 1, id="a time in one word"),
        pytest.param("ryanair000000abc123", "ryanair", 0, id="a booking behind an airline's name"),
        pytest.param("store000123 lidl", "lidl", 0, id="a word for numbers is no name"),
        pytest.param("o2 shop", "o2 shop", 0, id="a short name with a digit"),
        pytest.param("1und1 telecom", "1und1 telecom", 0, id="a name that begins with a digit"),
        pytest.param("ref no 123456", "ref", 1, id="words for numbers go, but the first word stays"),
        pytest.param("xxxx1234", "", 0, id="a masked card"),
    ],
)
def test_a_number_is_kept_only_where_it_is_part_of_a_name(line: str, kept: str, boundary: int) -> None:
    assert strip_numbers(line.split()) == (kept.split(), boundary)


def test_nothing_is_added_and_the_order_stays() -> None:
    words = ["lidl", "4711", "berlin", "12", "uhr", "ref", "99999", "mitte"]
    kept, boundary = strip_numbers(words)
    left = iter(words)
    assert all(word in left for word in kept)
    assert 0 <= boundary <= len(kept)

"""The text index finds what a plain reading finds."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.condition import Text, TextKind
from rules.index import build_index, prefilter_literal

WORDS, EXACT, PREFIX = TextKind.WORDS, TextKind.EXACT, TextKind.PREFIX
OPENING, REGEX = TextKind.OPENING, TextKind.REGEX


@pytest.mark.parametrize(
    ("kind", "literal", "norm", "is_found"),
    [
        pytest.param(WORDS, "car", "car wash", True, id="a word"),
        pytest.param(WORDS, "car", "scarf shop", False, id="not within a word"),
        pytest.param(WORDS, "car wash", "hand car wash", True, id="words next to each other"),
        pytest.param(WORDS, "*apotheke", "stadtapotheke berg", True, id="the end of a word"),
        pytest.param(WORDS, "*apotheke", "apotheken umschau", False, id="but not its middle"),
        pytest.param(WORDS, "restaur*", "the restaurante", True, id="the start of a word"),
        pytest.param(WORDS, "*hotel*", "parkhotels", True, id="within a word"),
        pytest.param(OPENING, "bp", "bp kettering", True, id="opens"),
        pytest.param(OPENING, "bp", "shop bp", False, id="does not open"),
        pytest.param(OPENING, "bp", "bpost", False, id="opens with another word"),
        pytest.param(PREFIX, "bp", "bpost", True, id="prefix of letters"),
        pytest.param(EXACT, "boots", "boots", True, id="all of it"),
        pytest.param(EXACT, "boots", "work boots", False, id="a part of it"),
        pytest.param(REGEX, r"\bchurch$", "st marys church", True, id="regex"),
        pytest.param(REGEX, r"\bchurch$", "church street", False, id="regex that does not match"),
        pytest.param(REGEX, r"^(lb|rb) ", "rb kensington", True, id="regex without a literal"),
    ],
)
def test_a_text_is_found_where_it_stands(kind: TextKind, literal: str, norm: str, is_found: bool) -> None:
    text = Text(kind, (literal,))
    index = build_index([text, Text(WORDS, ("something else",))])
    assert [hit.text for hit in index.find(norm)] == ([text] if is_found else [])


LETTERS = st.text("ab ", min_size=1, max_size=4).map(lambda text: " ".join(text.split())).filter(bool)


@given(st.lists(LETTERS, min_size=1, max_size=8, unique=True), st.text("ab ", max_size=16))
def test_whole_words_are_found_as_a_plain_regex_finds_them(literals: list[str], line: str) -> None:
    norm = " ".join(line.split())
    found = {hit.literal for hit in build_index([Text(WORDS, tuple(literals))]).find(norm)}
    assert found == {literal for literal in literals if re.search(rf"\b{literal}\b", norm)}


@pytest.mark.parametrize(
    ("regex", "guard"),
    [
        (r"\bchurch$", "church"),
        (r"^lb [a-z]+ parking", " parking"),
        (r"(church|temple)$", None),
        (r"colou?r", None),
        (r"ab.cd", None),
    ],
)
def test_a_guard_stands_in_every_match(regex: str, guard: str | None) -> None:
    assert prefilter_literal(regex) == guard


@given(st.sampled_from([r"\bchurch$", r"lb [a-z]+ parking", r"abc+d", "a+bcd"]), st.data())
def test_no_match_of_a_regex_is_lost_to_its_guard(regex: str, data: st.DataObject) -> None:
    norm = " ".join(data.draw(st.from_regex(regex, alphabet=st.sampled_from("abcdehlprtuchnigk "))).split())
    hits = build_index([Text(REGEX, (regex,))]).find(norm)
    assert bool(hits) == (re.search(regex, norm) is not None)

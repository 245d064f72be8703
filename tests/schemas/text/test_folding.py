"""Two banks write one name in many ways; folding makes one of them, for any text that Unicode can hold."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.text.folding import fold, fold_words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param("  TESCO \t STORES\n", "tesco stores", id="case and spaces"),
        pytest.param("McDonald's", "mcdonalds", id="a straight apostrophe vanishes"),
        pytest.param("McDonald\u2019s", "mcdonalds", id="a curly apostrophe vanishes"),
        pytest.param("A-B.C/D*E", "a b c d e", id="every other mark separates"),
        pytest.param("Müller Straße", "muller strasse", id="German letters"),
        pytest.param("ŁÓDŹ", "lodz", id="a letter that does not decompose"),
        pytest.param("\u0130stanbul I\u015f\u0131k", "istanbul isik", id="both letters i of Turkish"),
        pytest.param("\uff23\uff21\uff26\uff25 \u2460", "cafe 1", id="full width, and a digit in a circle"),
        pytest.param("cafe\u0301", "cafe", id="a combining accent"),
        pytest.param("ﬁlm", "film", id="a ligature"),
        pytest.param("\u041a\u041e\u0424\u0415", "\u043a\u043e\u0444\u0435", id="another script stays"),
        pytest.param("\u00a0\u00ad€", "", id="marks alone"),
    ],
)
def test_what_is_written_in_many_ways_is_folded_to_one(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
@example("\u0345")  # a combining iota that case folding turns into a letter
@example("ŉ")  # decomposes into an apostrophe and n
@example("ẞ\u0307")
def test_folding_twice_changes_nothing_and_leaves_letters_and_digits_only(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert folded.split() == fold_words(text)
    assert all(character.isalnum() or character == " " for character in folded)
    assert folded == folded.strip()


@given(st.text(st.characters(max_codepoint=127)))
def test_what_is_ascii_is_folded_as_its_capitals_are(text: str) -> None:
    assert fold(text.upper()) == fold(text.lower())

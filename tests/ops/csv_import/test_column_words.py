"""A column is proposed by a name that banks give it, in their language; the likeliest name wins."""

import pytest

from ops.csv_import.column_words import WORDS, propose
from schemas.text.folding import fold


@pytest.mark.parametrize(
    ("field", "names", "found"),
    [
        pytest.param("amount", ["Datum", "Betrag (EUR)"], "Betrag (EUR)", id="German, with marks"),
        pytest.param("amount", ["Kwota operacji"], "Kwota operacji", id="Polish"),
        pytest.param("description", ["Libellé"], "Libellé", id="an accent"),
        pytest.param("occurred_at", ["Date", "Transaction Date"], "Transaction Date", id="the likelier of two"),
        pytest.param("amount", ["AMOUNT", "amount"], "AMOUNT", id="the first of two that fold to one"),
        pytest.param("amount", ["", "Balance"], None, id="no such name"),
        pytest.param("amount", [], None, id="no column"),
        pytest.param("mood", ["Mood"], None, id="no such field"),
    ],
)
def test_a_column_is_found_by_its_name(field: str, names: list[str], found: str | None) -> None:
    assert propose(field, names) == found


def test_every_word_is_folded_as_headers_are_and_stands_once_in_its_list() -> None:
    assert [word for words in WORDS.values() for word in words if fold(word) != word] == []
    assert [field for field, words in WORDS.items() if len(set(words)) != len(words)] == []

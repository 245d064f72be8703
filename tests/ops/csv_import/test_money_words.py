"""What stands beside an amount has one meaning, or is known to have several."""

from ops.csv_import.money_words import CODES, DIRECTIONS, IN_WORDS, MARKS, OUT_WORDS


def test_no_mark_means_a_currency_that_there_is_not_or_one_that_it_is_not_written_for() -> None:
    for word, mark in MARKS.items():
        assert mark.possible, word
        assert mark.possible <= CODES, word
        assert mark.alone is None or mark.alone in mark.possible, word


def test_a_bare_sign_of_several_currencies_means_none_alone_but_the_pound() -> None:
    assert {word: MARKS[word].alone for word in ("$", "KR", "¥", "£", "€")} == {
        "$": None, "KR": None, "¥": None, "£": "GBP", "€": "EUR",
    }  # fmt: skip


def test_marks_are_in_capitals_as_they_are_looked_up() -> None:
    assert [word for word in MARKS if word != word.upper()] == []


def test_no_word_says_both_directions() -> None:
    assert OUT_WORDS.isdisjoint(IN_WORDS)
    assert {DIRECTIONS[word.casefold()] for word in OUT_WORDS if word.casefold() in DIRECTIONS} == {True}
    assert {DIRECTIONS[word.casefold()] for word in IN_WORDS if word.casefold() in DIRECTIONS} == {False}

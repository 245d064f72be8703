"""Names and abbreviations are no ordinary words, and a rare surname is no surname that a shop is doubted for."""

import pytest

from ops.lexicon.words import read_surnames, read_words


def test_words_are_read_without_flags_names_and_abbreviations() -> None:
    assert read_words(["3", "bakery/MS\n", "London/M", "café", "NATO", "it's", "shop "]) == {"bakery", "shop"}


def test_surnames_are_kept_where_one_in_a_hundred_thousand_has_them() -> None:
    assert read_surnames(["SMITH 1.006 1.006 1\n", "\n", "RAREST 0.0005 90.0 80000"]) == {"smith"}


def test_a_line_of_another_form_is_an_error_and_not_a_surname() -> None:
    with pytest.raises(ValueError, match="unpack"):
        read_surnames(["SMITH 1.006"])

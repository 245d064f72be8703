"""Months are known in the languages of statements; a name that means two months is none."""

import pytest

from ops.csv_import.months import months_by_name


@pytest.mark.parametrize(
    ("name", "month"),
    [("january", 1), ("jan", 1), ("janner", 1), ("marz", 3), ("mars", 3), ("mai", 5), ("aout", 8), ("okt", 10),
     ("grudnia", 12), ("eylul", 9)],
)  # fmt: skip
def test_a_month_is_known_by_its_name(name: str, month: int) -> None:
    assert months_by_name()[name] == month


def test_every_language_s_months_are_of_a_year_and_each_has_a_name() -> None:
    assert set(months_by_name().values()) == set(range(1, 13))


def test_a_name_of_two_months_in_two_languages_is_left_out() -> None:
    assert "listopad" not in {name for name, month in months_by_name().items() if month == 10}
    assert "" not in months_by_name()

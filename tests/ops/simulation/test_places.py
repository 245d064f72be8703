"""Payments are booked on days on which somebody works; none is lost for a weekend or a holiday."""

from collections import Counter
from datetime import date, timedelta

import pytest

from ops.simulation.places import COUNTRIES, Country, due_days, is_rest


@pytest.mark.parametrize("country", COUNTRIES, ids=lambda country: country.code)
def test_every_day_s_payments_are_booked_once_in_a_year(country: Country) -> None:
    days = [date(2024, 1, 1) + timedelta(days=place) for place in range(366 + 14)]
    booked = Counter((day.replace(day=1), of_month) for day in days for of_month in due_days(country, day))
    counts = Counter(of_month for (_, of_month), times in booked.items() for _ in range(times))
    in_year = Counter(day.day for day in days[: 366 + 7])
    assert all(abs(counts[of_month] - in_year[of_month]) <= 1 for of_month in range(1, 32))


@pytest.mark.parametrize("country", COUNTRIES, ids=lambda country: country.code)
def test_nothing_is_booked_on_a_day_of_rest(country: Country) -> None:
    saturday, new_year = date(2024, 3, 2), date(2024, 1, 1)
    assert is_rest(country, saturday)
    assert is_rest(country, new_year)
    assert due_days(country, saturday) == due_days(country, new_year) == ()
    assert due_days(country, date(2024, 3, 4)) == (4, 3, 2)  # Monday has the weekend's


def test_people_are_shared_out_among_the_countries_whole() -> None:
    assert sum(country.share for country in COUNTRIES) == pytest.approx(1.0)

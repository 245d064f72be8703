import pytest

from ops.console.words import duration, format_number, percent, sparkline


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(None, "—"), (0.0123, "12.3 ms"), (2.5, "2.5 s"), (600, "10 min"), (86_400, "24 h")],
    ids=["not measured", "milliseconds", "seconds", "minutes", "hours"],
)
def test_a_duration_is_shown_in_the_unit_that_fits(seconds: float | None, shown: str) -> None:
    assert duration(seconds) == shown


def test_what_was_not_measured_is_no_zero() -> None:
    assert (percent(None), format_number(None)) == ("—", "—")
    assert (percent(0.0), format_number(0.0)) == ("0.0 %", "0")


def test_a_chart_has_its_largest_point_at_the_top_and_one_point_makes_none() -> None:
    assert sparkline([1.0]) == ""
    assert sparkline([0.0, 2.0, 1.0], width=100, height=24) == "0.0,22.0 50.0,2.0 100.0,12.0"

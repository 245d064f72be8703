"""Bars that an operator gives in words are numbers of categories that there are, or are refused in one line."""

import pytest

from schemas.events.overrides import Override
from schemas.taxonomy import Category
from scorer.errors import ThresholdsError
from scorer.model.threshold_setting import parse_override


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("{", "not a JSON object", id="broken"),
        pytest.param("[1]", "not a JSON object", id="a list"),
        pytest.param('{"Dinning": 0.5}', "'Dinning'", id="no category"),
        pytest.param('{"Dining": -1}', "not between", id="negative"),
        pytest.param('{"Dining": 7}', "not between", id="percent"),
    ],
)
def test_a_nonsense_override_is_refused_in_one_line(text: str, says: str) -> None:
    with pytest.raises(ThresholdsError, match=says):
        parse_override(text)


def test_no_override_is_none() -> None:
    assert parse_override(" ") == {}


def test_a_number_above_one_mutes_and_any_other_is_the_bar() -> None:
    assert parse_override('{"Dining": 0.55, "Cash": 2, "Groceries": 0}') == {
        Category("Dining"): Override(threshold=0.55),
        Category("Cash"): Override(muted=True),
        Category("Groceries"): Override(threshold=0.0),
    }

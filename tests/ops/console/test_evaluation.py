import pytest

from ops.console.evaluation import LONG, OTHER, SHORT, STATUS, sample_of, window_of
from scorer.rollout.criteria import Holds
from scorer.rollout.metric_names import Rate
from scorer.rollout.metrics import Standing


@pytest.mark.parametrize("name", list(Rate), ids=str)
def test_every_criterion_has_a_window(name: Rate) -> None:
    assert sum(name in table for table in (SHORT, LONG, OTHER)) == 1


def test_samples_are_sums_of_observations_that_exist() -> None:
    known = set(Standing.__struct_fields__)
    assert {field for fields in (*SHORT.values(), *LONG.values()) for field in fields} <= known


def test_every_result_has_words() -> None:
    assert set(STATUS) == set(Holds)


def test_a_criterion_shows_the_window_and_the_sample_it_rests_on() -> None:
    numbers = {"rates_seconds": 3_600.0, "recent_seconds": 60.0, "accepted": 90.0, "timeout": 10.0}
    assert (window_of(Rate.ERRORS, numbers), sample_of(Rate.ERRORS, numbers)) == ("60 min", 100.0)
    assert (window_of(Rate.P95, numbers), sample_of(Rate.P95, numbers)) == ("60 s", None)
    assert window_of("a criterion of a policy", numbers) == "as its query says"

"""What the demo's summary says of the way that a canary went."""

import pytest

from ops.demo.canary import shares
from schemas.events.rollout import RolloutRecord
from tests.support.builders import first_rollout


def records(*percents: str) -> list[RolloutRecord]:
    return [first_rollout(percent=percent) for percent in percents]


@pytest.mark.parametrize(
    ("percents", "said"),
    [
        pytest.param(("0.00",), "0 %", id="never moved"),
        pytest.param(
            ("0.00", "0.00", "10.00", "50.00", "100.00", "0.00"), "0 → 10 → 50 → 100 → 0 %", id="there and back"
        ),
        pytest.param(("0.00", "12.50", "12.50"), "0 → 12.5 %", id="an operator's act moves nothing"),
    ],
)
def test_the_shares_of_a_rollout_are_told_in_order(percents: tuple[str, ...], said: str) -> None:
    assert shares(records(*percents)) == said

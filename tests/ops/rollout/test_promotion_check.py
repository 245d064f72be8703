"""What stands against serving a canary to more users: the criteria of every step on the way, unmeasured ones too."""

import msgspec
import pytest

from ops.rollout.promotion_check import criteria_not_held
from scorer.rollout.metrics import Standing
from tests.scorer.rollout.test_judge import GOOD, LATE, policy


def names(standing: Standing, to: float) -> set[str]:
    return {line.partition(": ")[2].split()[0] for line in criteria_not_held(policy(), standing, to=to)}


@pytest.mark.parametrize(
    ("standing", "to", "expected"),
    [
        pytest.param(GOOD, 50.0, set(), id="all hold"),
        pytest.param(GOOD, 20.0, set(), id="a share within the step"),
        pytest.param(GOOD, 100.0, {"days_at_share", "e_better"}, id="two steps at once"),
        pytest.param(msgspec.structs.replace(GOOD, **LATE), 100.0, {"e_better"}, id="the last step"),
        pytest.param(msgspec.structs.replace(GOOD, p95_seconds=0.3), 50.0, {"p95_seconds"}, id="slow"),
        pytest.param(msgspec.structs.replace(GOOD, users=None), 50.0, {"users"}, id="users not measured"),
        pytest.param(
            msgspec.structs.replace(GOOD, percent=17.0, canary_users=680, disagree=600),
            20.0,
            {"disagreement"},
            id="between",
        ),
    ],
)
def test_a_move_upward_is_held_against_every_step_on_its_way(standing: Standing, to: float, expected: set[str]) -> None:
    assert names(standing, to) == expected


def test_a_canary_that_is_to_be_taken_back_is_not_moved_upward_unseen() -> None:
    failing = msgspec.structs.replace(GOOD, worse=200.0)
    assert any("labels say worse" in line for line in criteria_not_held(policy(), failing, to=50.0))


def test_what_nobody_measured_does_not_hold() -> None:
    found = names(Standing(percent=0.0, has_model=True), 10.0)
    assert {"answers", "users", "excess_fallback", "errors", "p95_seconds", "stale_sources"} <= found

"""How a release that its gate passed enters the rollout."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from ops.rollout.challenger import propose, succeed
from schemas.events.rollout import ArmPolicy, RolloutRecord
from streams.rollout.change import Change, first_record, successor
from streams.settings import SuggestSettings

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def record(percent: str, *, control: str | None, canary: str | None) -> RolloutRecord:
    first = first_record(SuggestSettings(), canary_model=canary, actor="test", now=NOW)
    return msgspec.structs.replace(first, percent=percent, control=ArmPolicy(control), shadow=False)


def proposed(records: list[RolloutRecord], *, days: float = 20, version: str = "new") -> Change | None:
    return propose(records, version, actor="test", now=NOW + timedelta(days=days), undecided_days=60)


@pytest.mark.parametrize(
    ("percent", "control", "canary", "leaves"),
    [
        pytest.param("0.00", None, None, (None, "new"), id="rules alone until now"),
        pytest.param("0.00", "old", "refused", ("old", "new"), id="a challenger in shadow is replaced"),
        pytest.param("100.00", None, "won", ("won", "new"), id="a canary that serves everybody becomes the champion"),
        pytest.param("100.00", "old", None, ("old", "new"), id="a canary that serves what control does is no champion"),
        pytest.param("0.01", None, "trying", None, id="a canary that has just begun goes on"),
        pytest.param("99.99", None, "trying", None, id="a canary that is nearly there goes on"),
    ],
)
def test_a_challenger_begins_at_nobody_and_disturbs_no_canary(
    percent: str, control: str | None, canary: str | None, leaves: tuple[str | None, str] | None
) -> None:
    last = record(percent, control=control, canary=canary)
    change = proposed([last])
    if leaves is None:
        assert change is None
        return
    assert change is not None
    after = successor(last, change, now=NOW)
    assert (after.control.model_version, after.canary.model_version) == leaves
    assert (after.percent, after.shadow) == ("0.00", True)


@pytest.mark.parametrize(
    ("percent", "change", "control"),
    [
        pytest.param(
            "100.00", Change("a", "r", canary=ArmPolicy("new")), "won", id="who serves everybody is succeeded"
        ),
        pytest.param("100.00", Change("a", "r", canary=ArmPolicy()), "won", id="the canary is emptied"),
        pytest.param("100.00", Change("a", "r", canary=ArmPolicy("won")), "old", id="the canary stays"),
        pytest.param("100.00", Change("a", "r", percent="0.00"), "old", id="it is taken back"),
        pytest.param("99.00", Change("a", "r", canary=ArmPolicy("new")), "old", id="it had not won yet"),
        pytest.param(
            "100.00",
            Change("a", "r", canary=ArmPolicy("new"), control=ArmPolicy("other")),
            "other",
            id="control is named",
        ),
    ],
)
def test_a_canary_that_serves_everybody_becomes_the_champion_when_another_takes_its_place(
    percent: str, change: Change, control: str
) -> None:
    last = record(percent, control="old", canary="won")
    assert successor(last, succeed(change, last), now=NOW).control.model_version == control


def test_a_canary_that_was_undecided_for_as_long_as_the_policy_waits_makes_room_for_a_newer_release() -> None:
    first = record("10.00", control="champion", canary="trying")
    later = msgspec.structs.replace(first, version=1, percent="50.00", decided_at=NOW + timedelta(days=30))
    assert proposed([first, later], days=59) is None
    assert proposed([first, later], days=61, version="trying") is None  # it does not make room for itself
    change = proposed([first, later], days=61)
    assert change is not None
    after = successor(later, change, now=NOW + timedelta(days=61))
    assert (after.percent, after.control.model_version, after.canary.model_version) == ("0.00", "champion", "new")
    assert after.reason.endswith("; canary trying at 50.00 % was undecided for 61 days")
    won = msgspec.structs.replace(later, percent="100.00")
    assert "undecided" not in (proposed([first, won], days=61) or change).reason

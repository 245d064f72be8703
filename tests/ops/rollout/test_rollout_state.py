"""Where a rollout stands, by its records alone: since when, for what, and whether a person must let it out."""

from datetime import UTC, datetime, timedelta

import pytest

from ops.rollout.rollout_state import Place, place
from schemas.events.rollout import ArmPolicy, RolloutRecord, Verdict
from streams.rollout.change import Change, first_record, successor
from streams.rollout.overrides import read_change
from streams.settings import SuggestSettings

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
OTHER = ArmPolicy("other")


def chain(*changes: dict[str, object]) -> list[RolloutRecord]:
    """Return record 0 at 0 % and one record a day for each change."""
    records = [first_record(SuggestSettings(), canary_model="m", actor="ada", now=BEGIN)]
    for day, change in enumerate(changes, start=1):
        wanted = Change(actor="ada", reason="x", **change)  # type: ignore[arg-type]
        records.append(successor(records[-1], wanted, now=BEGIN + timedelta(days=day)))
    return records


def days(stands: Place) -> tuple[int, int]:
    return (stands.stable_since - BEGIN).days, (stands.evidence_since - BEGIN).days


TAKEN = {"percent": "0.00", "verdict": Verdict.ROLLBACK}
Changes = dict[str, object]
UP: Changes = {"percent": "10.00"}
BACK: Changes = {"percent": "0.00"}
SHADOW_OFF: Changes = {"shadow": False}
NEXT: Changes = {"canary": OTHER}
MUTE: Changes = {"overrides": read_change(mute=["Cash"])}
UNMUTE: Changes = {"overrides": read_change(unmute=["Cash"])}


@pytest.mark.parametrize(
    ("changes", "stable", "evidence", "latched"),
    [
        pytest.param((), 0, 0, False, id="the first record"),
        pytest.param((SHADOW_OFF,), 0, 0, False, id="a shadow that ends is no new share"),
        pytest.param((UP,), 1, 0, False, id="a share that grows keeps its evidence"),
        pytest.param((UP, SHADOW_OFF), 1, 0, False, id="and is stable from there on"),
        pytest.param((UP, TAKEN), 2, 0, True, id="taken back by the judge"),
        pytest.param((UP, BACK), 2, 0, True, id="taken back by a person"),
        pytest.param((UP, TAKEN, SHADOW_OFF), 2, 0, True, id="nothing else lets it out"),
        pytest.param((UP, TAKEN, UP), 3, 0, False, id="advanced again"),
        pytest.param((UP, TAKEN, NEXT), 3, 3, False, id="another release begins anew"),
        pytest.param((UP, {"percent": "0.00", "canary": OTHER}), 2, 2, False, id="a challenger follows"),
        pytest.param((UP, {"control": OTHER}), 2, 2, False, id="another champion is other evidence"),
        pytest.param((UP, MUTE), 2, 2, False, id="an override is other evidence"),
        pytest.param((UP, MUTE, UNMUTE), 3, 3, False, id="evidence from before an override does not come back"),
        pytest.param((UP, MUTE, SHADOW_OFF), 2, 2, False, id="an override that stays keeps its evidence"),
    ],
)
def test_where_a_rollout_stands(
    changes: tuple[dict[str, object], ...], stable: int, evidence: int, latched: bool
) -> None:
    stands = place(chain(*changes))
    assert days(stands) == (stable, evidence)
    assert stands.latched is latched


def test_the_arm_that_is_looked_at_is_control_only_while_nobody_is_in_the_canary() -> None:
    assert place(chain()).arm == "control"
    assert place(chain(UP)).arm == "canary"

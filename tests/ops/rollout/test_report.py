"""A status is one screen: the value beside the bar, what labels say, the forecast, and what would happen next."""

from datetime import UTC, datetime

import msgspec

from ops.rollout.evaluate import Look
from ops.rollout.policies import load_policy
from ops.rollout.report import draw, lines
from scorer.rollout.forecast import forecast
from scorer.rollout.judge import judge
from scorer.rollout.metrics import Standing
from streams.rollout.change import Change, first_record, successor
from streams.settings import SuggestSettings
from tests.ops.rollout.test_audit import SOUND

NOW = datetime(2026, 3, 1, tzinfo=UTC)
POLICY = load_policy("default")
LATE = msgspec.structs.replace(
    SOUND, percent=50.0, better=12, worse=8, alike=400, anchored_better=3, anchored_worse=1, anchored_alike=6,
    evidence_days=5.0,
)  # fmt: skip


def shown(standing: Standing, faults: tuple[str, ...] = ()) -> str:
    first = first_record(SuggestSettings(), canary_model="m", actor="ada", now=NOW)
    record = successor(first, Change(actor="ada", reason="x", percent=f"{standing.percent:.2f}"), now=NOW)
    step, signs = POLICY.step_from(standing.percent), standing.signs(POLICY)
    ahead = None if step is None or signs is None else forecast(POLICY, step, signs, days=standing.evidence_days or 0)
    look = Look(record, standing, judge(POLICY, standing), faults, ahead)
    return "\n".join(lines(draw(POLICY, look, now=NOW)))


def test_one_screen_holds_everything() -> None:
    screen = shown(LATE, faults=("Prometheus does not answer",))
    assert len(screen.splitlines()) < 40
    for words in (
        "HOLD by policy default, at 50 %",
        "12 merchants better, 8 worse, 400 alike (10 more by labels given to a shown answer)",
        "cannot decide before 2026-03-",
        "not asked: Prometheus does not answer",
        "next: 50 → 100 %, once every bar holds",
    ):
        assert words in screen, screen
    bars = [line.split() for line in screen.splitlines() if " < " in line or " >= " in line]
    assert ["yes", "disagreement", "0.02439", "<", "0.1"] in bars
    assert any(bar[:4] == ["unknown", "stale_sources", "not", "measured"] for bar in bars)


def test_after_a_rollback_it_says_who_must_act() -> None:
    latched = shown(Standing(percent=0.0, has_model=True, latched=True))
    assert "next: nothing, until a person says: ledgermind rollout advance" in latched


def test_at_the_end_nothing_leads_on() -> None:
    assert "next: nothing leads on from here" in shown(Standing(percent=100.0, has_model=True))

"""Takeback: the bars that take a canary back to 0 %, and how many looks in a row each was passed."""

from collections.abc import Iterator
from typing import NamedTuple

from scorer.conditions import Rate
from scorer.evidence import e_worse
from scorer.policy import Policy
from scorer.standing import Standing


class Streaks(NamedTuple):
    """Bad looks in a row, this one included; what was not measured ends no streak and makes none longer."""

    fallback: float = 0
    latency: float = 0
    errors: float = 0
    complaints: float = 0


class Bar(NamedTuple):
    """One bar of a rollback; ``value`` is None where too little was seen to say anything."""

    name: Rate
    value: float | None
    bar: float
    before: float  # bad looks in a row before this one
    looks: int  # in a row that take the canary back

    @property
    def streak(self) -> float:
        """Bad looks in a row, this one included."""
        if self.value is None:
            return self.before
        return self.before + 1 if self.value > self.bar else 0

    @property
    def is_bad(self) -> bool:
        """Whether this look passed the bar."""
        return self.value is not None and self.value > self.bar


def streaks(policy: Policy, standing: Standing) -> Streaks:
    """Return how many looks in a row each bar of a rollback was passed, for the next standing."""
    return Streaks(*(bar.streak for bar in takeback_bars(policy, standing)))


def takeback_bars(policy: Policy, standing: Standing) -> tuple[Bar, Bar, Bar, Bar]:
    """Return the bars in the order of ``Streaks``.

    They are held against the short window, so that a fault shows within minutes, and fallback against the window of
    rates where the short one holds too little.
    """
    bars, enough = policy.rollback, policy.minimum.recent
    heard = (standing.served or 0) >= policy.minimum.transactions
    timed = (standing.recent_latencies or 0) >= enough
    scored = (standing.recent_transactions or 0) >= enough
    return (
        Bar(Rate.FALLBACK, _fallback(policy, standing), bars.fallback, standing.bad_fallback, bars.looks),
        Bar(
            Rate.P95,
            standing.p95_seconds if timed else None,
            bars.p95_seconds,
            standing.bad_latency,
            bars.looks_fast,
        ),
        Bar(Rate.ERRORS, standing.errors if scored else None, bars.errors, standing.bad_errors, bars.looks_fast),
        Bar(
            Rate.COMPLAINTS,
            standing.complaint_rate if heard else None,
            bars.complaints,
            standing.bad_complaints,
            bars.looks,
        ),
    )


def reasons_to_take_back(policy: Policy, standing: Standing) -> Iterator[str]:
    """Yield why the canary must go back to 0 %; nothing where it may stay."""
    for bar in takeback_bars(policy, standing):
        if bar.is_bad and bar.streak >= bar.looks:
            yield f"{bar.name} {bar.value:.4g} above {bar.bar:g} on {bar.streak:g} looks in a row"
    signs = standing.signs(policy)
    if signs is not None and (e_value := e_worse(signs.better, signs.worse)) >= policy.e_bar:
        yield f"labels say worse: e-value {e_value:.4g}, {policy.e_bar:g} is enough"


def _fallback(policy: Policy, standing: Standing) -> float | None:
    recent, asked = standing.recently_asked, standing.asked
    if recent is not None and recent.total >= policy.minimum.recent_answers:
        return standing.fallback(policy, recent=True)
    if asked is not None and asked.total >= policy.minimum.transactions:
        return standing.fallback(policy)
    return None

"""Rollback rules: the bars that take a canary back to 0 %, and how many looks in a row each was passed."""

from collections.abc import Iterator
from typing import NamedTuple

from scorer.rollout.compute_rates import Asked
from scorer.rollout.metric_names import Rate
from scorer.rollout.metrics import Standing
from scorer.rollout.policy import Policy
from scorer.rollout.rates import share
from scorer.rollout.sequential_test import e_above, e_worse, lowest_rate


class Streaks(NamedTuple):
    """Bad looks in a row, this one included; what was not measured ends no streak and makes none longer."""

    fallback: float = 0
    excess_fallback: float = 0
    latency: float = 0
    errors: float = 0
    scoring_failures: float = 0
    complaints: float = 0


class Bar(NamedTuple):
    """One bar of a rollback; ``value`` is None where too little was seen to say anything, ``bar`` where none is set."""

    name: Rate
    value: float | None
    bar: float | None
    before: float  # bad looks in a row before this one
    looks: int  # in a row that take the canary back
    note: str = ""  # how it was shown that the value lies above

    @property
    def is_bad(self) -> bool:
        """Whether this look passed the bar."""
        return self.value is not None and self.bar is not None and self.value > self.bar

    @property
    def streak(self) -> float:
        """Bad looks in a row, this one included."""
        if self.value is None:
            return self.before
        return self.before + 1 if self.is_bad else 0

    def __str__(self) -> str:
        """As a line of a report."""
        note = f" ({self.note})" if self.note else ""
        return f"{self.name} {self.value:.4g} above {self.bar:g} on {self.streak:g} looks in a row{note}"


def streaks(policy: Policy, standing: Standing) -> Streaks:
    """Return how many looks in a row each bar of a rollback was passed, for the next standing."""
    return Streaks(*(bar.streak for bar in takeback_bars(policy, standing)))


def takeback_bars(policy: Policy, standing: Standing) -> tuple[Bar, ...]:
    """Return the bars in the order of ``Streaks``.

    They are held against the short window, so that a fault shows within minutes, and fallback against the window of
    rates where the short one holds too little; errors against all windows.
    """
    bars, enough = policy.rollback, policy.minimum.recent
    heard = (standing.served or 0) >= policy.minimum.transactions
    timed = (standing.recent_latencies or 0) >= enough
    scored = (standing.recent_transactions or 0) >= enough
    recent = _is_recent_enough(policy, standing)
    return (
        Bar(
            Rate.FALLBACK,
            None if recent is None else standing.fallback(recent=recent),
            bars.fallback,
            standing.bad_fallback,
            bars.looks,
        ),
        Bar(
            Rate.EXCESS_FALLBACK,
            None if recent is None else standing.excess_fallback(recent=recent),
            bars.excess_fallback,
            standing.bad_excess_fallback,
            bars.looks,
        ),
        Bar(
            Rate.P95,
            standing.p95_seconds if timed else None,
            bars.p95_seconds,
            standing.bad_latency,
            bars.looks_fast,
        ),
        _errors(policy, standing),
        Bar(
            Rate.SCORING_FAILURES,
            standing.scoring_failures if scored else None,
            bars.scoring_failures,
            standing.bad_scoring_failures,
            bars.looks_fast,
        ),
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
            yield str(bar)
    signs = standing.signs(policy)
    if signs is not None and (e_value := e_worse(signs.better, signs.worse)) >= policy.e_bar:
        yield f"labels say worse: e-value {e_value:.4g}, {policy.e_bar:g} is enough"


def _errors(policy: Policy, standing: Standing) -> Bar:
    """Return the bar of errors: its value is a rate that was shown to lie above, or one that was not.

    Three rules show it. Over all answers since the share moved an e-value refutes, at level alpha and at any look, that
    at most the bar's share fails. Over one window (the short one, and that of rates, so that a fault that begins late
    is not drowned by what was well before) the lower bound of the rate lies above the bar. Neither speaks of fewer
    answers than the policy's minimum. Where the short window holds fewer, as by night at a small share, every one of
    ``lost_answers`` at least must have failed: five failures of five at a rate of 5 % are one window in three million.
    """
    limit, least = policy.rollback.errors, policy.minimum.recent_answers
    bar = Bar(Rate.ERRORS, None, limit, standing.bad_errors, policy.rollback.looks_fast)
    total_asked, total_failed = standing.total_asked, standing.total_failed
    if total_asked is not None and total_failed is not None and total_asked >= least:
        e_value = e_above(total_failed, total_asked, limit=limit)
        rate = total_failed / total_asked
        if e_value >= policy.e_bar and rate > limit:
            return bar._replace(value=rate, note=f"of {total_asked:.0f} since the share moved, e-value {e_value:.4g}")
        bar = bar._replace(value=min(rate, limit))
    for asked in (standing.recently_asked, standing.asked):
        if asked is None or asked.total < least:
            continue
        lowest = lowest_rate(asked.failed, asked.total, level=policy.rollback.errors_level)
        if lowest > limit:
            return bar._replace(
                value=share(asked.failed, asked.total), note=f"of {asked.total:.0f}, lower bound {lowest:.4g}"
            )
        bar = bar._replace(value=min(_rate(asked), limit))
    recent, lost = standing.recently_asked, policy.rollback.lost_answers
    if recent is not None and lost is not None and recent.total >= lost and recent.failed == recent.total:
        return bar._replace(value=1.0, note=f"every one of {recent.total:.0f} answers failed")
    return bar


def _rate(asked: Asked) -> float:
    return asked.failed / asked.total


def _is_recent_enough(policy: Policy, standing: Standing) -> bool | None:
    """Return whether the short window holds enough answers, False for the window of rates, None where neither does."""
    recent, asked = standing.recently_asked, standing.asked
    if recent is not None and recent.total >= policy.minimum.recent_answers:
        return True
    return False if asked is not None and asked.total >= policy.minimum.recent_answers else None

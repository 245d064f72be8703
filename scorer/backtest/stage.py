"""Stage: one share of a simulated rollout, from which the judge is shown what it would see at any minute."""

import math
from typing import Final

import numpy as np

from schemas.events.rollout import Verdict
from scorer.backtest.history import MINUTES_A_DAY, Counts, History
from scorer.rollout.histogram_quantile import quantile
from scorer.rollout.judge import judge
from scorer.rollout.metrics import Standing
from scorer.rollout.policy import Policy
from scorer.rollout.rollback_rules import Streaks, streaks
from scorer.rollout.sequential_test import log_e_above, lowest_rates

QUIET_MINUTES: Final = 360  # between two looks while nothing is near a bar of a rollback: a promotion may be so late
P95: Final = 0.95


class Stage:
    """One share of one rollout: the history thinned to it, and summed up so that any window is a difference."""

    def __init__(
        self,
        policy: Policy,
        history: History,
        *,
        percent: float,
        begun: int,
        dice: np.random.Generator,
        has_champion: bool = False,
    ) -> None:
        self._policy, self._history, self._percent, self._begun = policy, history, percent, begun
        self._has_champion = has_champion
        share = percent / 100 if percent else 1.0
        self._share = share
        self._asked = _summed(dice.binomial(history.asked, share))
        self._transactions = _summed(history.transactions)
        self._failed = _summed(history.scoring_failed)
        self._latencies = _summed(history.latencies)
        self._agree, self._disagree = _summed(history.agree), _summed(history.disagree)
        in_canary, in_control = percent / 100, 1 - percent / 100
        self._opinions = _summed(
            np.concatenate(
                (
                    dice.binomial(history.opinions[:, :2], in_canary),
                    dice.binomial(history.opinions[:, 2:], in_control),
                ),
                axis=1,
            )
        )
        complaints = dice.binomial(np.stack((history.served, history.complaints), axis=1), in_canary)
        self._served = _summed(complaints)
        order = np.argsort(history.signs[:, 0], kind="stable")
        self._settled = history.signs[order, 0]
        self._signs = _summed((history.signs[order, 1][:, None] == np.array([1, -1, 0])).astype(np.int64))

    def play(self, verdicts: dict[Verdict, int]) -> tuple[int, Verdict, float | None, str]:
        """Look until something moves or the history ends; return when, what, to which share, and why."""
        bad, last = Streaks(), -2
        for minute in self._minutes():
            if minute != last + 1:
                bad = Streaks()
            last = minute
            standing = self.standing(minute, bad)
            found = judge(self._policy, standing)
            bad = streaks(self._policy, standing)
            verdicts[found.verdict] = verdicts.get(found.verdict, 0) + 1
            if found.verdict in (Verdict.PROMOTE, Verdict.ROLLBACK):
                return minute, found.verdict, found.percent, "; ".join(found.reasons)
        return self._history.minutes, Verdict.HOLD, None, "the history ended"

    def answers(self, begun: int, ended: int) -> int:
        """Return how many answers the canary's model was asked for between two minutes."""
        return int((self._asked[ended] - self._asked[begun]).sum())

    def standing(self, minute: int, bad: Streaks) -> Standing:
        """Return what the judge would see at a minute."""
        policy = self._policy
        recent = self._since(minute, policy.window_seconds)
        rates = self._since(minute, policy.rates_window_seconds)
        short = self._asked[minute] - self._asked[recent]
        asked = self._asked[minute] - self._asked[rates]
        total = self._asked[minute] - self._asked[self._begun]
        latencies = np.cumsum(self._latencies[minute] - self._latencies[recent])
        opinions = self._opinions[minute] - self._opinions[self._begun]
        served = self._served[minute] - self._served[rates]
        merchants = self._signs[np.searchsorted(self._settled, minute, side="right")]
        users = self._history.users_a_day * min(1.0, (minute - rates) / MINUTES_A_DAY * 4)
        return Standing(
            percent=self._percent,
            has_model=True,
            has_champion=self._has_champion,
            stable_seconds=60.0 * (minute - self._begun),
            expected_fallback=self._history.expected_fallback,
            users=users * self._share,
            canary_users=users * self._percent / 100,
            arm_users=users,
            **dict(zip(_ASKED, asked.tolist(), strict=True)),
            **dict(zip(_RECENT, short.tolist(), strict=True)),
            agree=int(self._agree[minute] - self._agree[rates]),
            disagree=int(self._disagree[minute] - self._disagree[rates]),
            recent_transactions=int(self._transactions[minute] - self._transactions[recent]),
            recent_scoring_failed=int(self._failed[minute] - self._failed[recent]),
            recent_latencies=int(latencies[-1]),
            p95_seconds=quantile(
                list(zip((*self._history.bounds, float("inf")), latencies.tolist(), strict=True)), P95
            ),
            better=int(merchants[0]),
            worse=int(merchants[1]),
            alike=int(merchants[2]),
            **dict(zip(_OPINIONS, opinions.tolist(), strict=True)),
            served=int(served[0]),
            complaints=int(served[1]),
            stale_sources=0,
            mart_age_seconds=0,
            categories={},
            total_asked=int(total.sum()),
            total_failed=int(total[2:].sum()),
            **{f"bad_{name}": looks for name, looks in bad._asdict().items()},
        )

    def _since(self, minute: int, seconds: float) -> int:
        return max(self._begun, minute - round(seconds / 60))

    def _minutes(self) -> list[int]:
        """Return the minutes to look at: a few each day, and every one at which a bar might be passed."""
        minutes = np.arange(self._begun + 1, self._history.minutes)
        chosen = (minutes - self._begun) % QUIET_MINUTES == 0
        if self._percent > 0:
            chosen |= self._is_near(minutes)
        return [int(minute) for minute in minutes[chosen]]

    def _is_near(self, minutes: Counts) -> np.ndarray:
        """Whether a bar of a rollback is passed at a minute, or might be; the looks between end every streak."""
        bars, least = self._policy.rollback, self._policy.minimum.recent_answers
        start = np.maximum(self._begun, minutes - round(self._policy.window_seconds / 60))
        day = np.maximum(self._begun, minutes - round(self._policy.rates_window_seconds / 60))
        recent, rates, total = (self._asked[minutes] - self._asked[since] for since in (start, day, self._begun))
        near: np.ndarray = self._falls_back(recent, rates) | self._fails(recent, rates, total, least)
        records = np.maximum(1, self._transactions[minutes] - self._transactions[start])
        near |= (self._failed[minutes] - self._failed[start]) / records > bars.scoring_failures
        below = sum(bound <= bars.p95_seconds for bound in self._history.bounds)
        latencies = self._latencies[minutes] - self._latencies[start]
        near |= latencies[:, :below].sum(axis=1) < P95 * latencies.sum(axis=1)
        return near

    def _falls_back(self, recent: Counts, rates: Counts) -> np.ndarray:
        bars, least = self._policy.rollback, self._policy.minimum.recent_answers
        asked = np.where((recent.sum(axis=1) >= least)[:, None], recent, rates)
        total = asked.sum(axis=1)
        whole = np.maximum(1, total)
        excess = np.maximum(0, asked[:, 1] / whole - self._history.expected_fallback) + asked[:, 2:].sum(axis=1) / whole
        plain = (total - asked[:, 0]) / whole
        found: np.ndarray = (total >= least) & ((plain > (bars.fallback or 1)) | (excess > (bars.excess_fallback or 1)))
        return found

    def _fails(self, recent: Counts, rates: Counts, total: Counts, least: int) -> np.ndarray:
        bars = self._policy.rollback
        found = np.zeros(len(total), bool)
        for counts in (recent, rates):
            asked, failed = counts.sum(axis=1), counts[:, 2:].sum(axis=1)
            might = (asked >= least) & (failed > bars.errors * asked)
            found[might] |= lowest_rates(failed[might], asked[might], level=bars.errors_level) > bars.errors
        asked, failed = recent.sum(axis=1), recent[:, 2:].sum(axis=1)
        if bars.lost_answers is not None:
            found |= (asked >= bars.lost_answers) & (failed == asked)
        asked, failed = total.sum(axis=1), total[:, 2:].sum(axis=1)
        might = (asked >= least) & (failed > bars.errors * asked)
        found[might] |= log_e_above(failed[might], asked[might], limit=bars.errors) >= math.log(self._policy.e_bar)
        return found


_ASKED: Final = ("accepted", "low_confidence", "unavailable", "error", "timeout")
_RECENT: Final = tuple(f"recent_{name}" for name in _ASKED)
_OPINIONS: Final = ("canary_pleased", "canary_displeased", "control_pleased", "control_displeased")


def _summed(counts: Counts) -> Counts:
    """Return running sums, with nothing before the first minute."""
    return np.concatenate((np.zeros((1, *counts.shape[1:]), np.int64), np.cumsum(counts, axis=0)))

"""Evaluate: one look at the rollout; whoever cannot be asked is named, and what they know counts as not measured."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from ops.errors import OpsError
from ops.rollout.evidence.warehouse_answer import WarehouseAnswer
from ops.rollout.patience import LOOK_SECONDS, Patience
from ops.rollout.rollout_state import Place, place
from ops.rollout.sources.counters import unmeasured_sources, with_freshness, with_rates, with_recent, with_total
from ops.rollout.sources.criteria import CriteriaAnswer
from ops.rollout.sources.windows import MetricsSource
from schemas.events.rollout import RolloutRecord, Verdict
from scorer.errors import ScorerError
from scorer.rollout.forecast import Forecast, forecast
from scorer.rollout.judge import Judgement, judge
from scorer.rollout.measured import measured
from scorer.rollout.metrics import Standing
from scorer.rollout.policy import Policy
from scorer.rollout.rollback_rules import Streaks, streaks
from streams.errors import StreamError

NO_RECORD: Final = "there is no rollout record yet; start a worker, or run: ledgermind rollout init"

Asker = Callable[
    [Standing, Place, datetime], WarehouseAnswer | Standing
]  # adds what a warehouse knows, all of it or not


class Look(NamedTuple):
    """What was seen, what it came to, and who could not be asked; without a record there is only the last."""

    record: RolloutRecord | None
    standing: Standing
    judgement: Judgement
    faults: tuple[str, ...]
    forecast: Forecast | None


class Looker:
    """Looks again and again; holds the streaks of bad looks in between."""

    def __init__(
        self,
        policy: Policy,
        *,
        history: Callable[[], list[RolloutRecord]],
        source: MetricsSource | None,
        asker: Asker | None,
        criteria: Callable[[Place, datetime], CriteriaAnswer] | None = None,
        expected_fallback: Callable[[str], float],
        patience: Patience | None = None,
    ) -> None:
        self._policy = policy
        self._history = history
        self._source = source
        self._asker = asker
        self._criteria = criteria
        self._card = expected_fallback
        self._patience = Patience(LOOK_SECONDS) if patience is None else patience
        self._streaks = Streaks()
        self._version = -1
        self._expected: dict[str, float] = {}

    def look(self, now: datetime) -> Look:
        """Look once; raises StreamError where the records cannot be read, OpsError where there is none."""
        self._patience.begin()
        records = self._history()
        if not records:
            raise OpsError(NO_RECORD)
        stands, faults = place(records), list[str]()
        if stands.stable_version != self._version:  # of another share or release: its looks begin anew
            self._streaks, self._version = Streaks(), stands.stable_version
        standing = self._begin(stands, now, faults)
        standing = self._count(standing, stands, now, faults)
        standing = self._ask(standing, stands, now, faults)
        if self._criteria is not None:
            answer = self._criteria(stands, now)
            standing = msgspec.structs.replace(standing, criteria=answer.values)
            faults += answer.faults
        standing, unmeasured = measured(standing)
        faults += unmeasured
        found = judge(self._policy, standing)
        self._streaks = streaks(self._policy, standing)
        if found.verdict is Verdict.INCONCLUSIVE:
            found = found._replace(reasons=(*faults, *found.reasons))
        return Look(stands.record, standing, found, tuple(faults), self._when(standing))

    def blind(self, why: str) -> Look:
        """Return the look of one who cannot even read the records: inconclusive, and why."""
        nothing = Standing(percent=0.0, has_model=False)
        return Look(None, nothing, Judgement(Verdict.INCONCLUSIVE, None, (why,), ()), (why,), None)

    def _begin(self, stands: Place, now: datetime, faults: list[str]) -> Standing:
        canary = stands.record.canary.model_version
        expected = 0.0 if canary is None else self._expected_fallback(canary, faults)
        bad = {f"bad_{name}": looks for name, looks in self._streaks._asdict().items()}
        return msgspec.structs.replace(stands.standing(expected_fallback=expected, now=now), **bad)

    def _expected_fallback(self, canary: str, faults: list[str]) -> float:
        """Return the release's own share of unsure answers; one that cannot be read expects none."""
        if canary not in self._expected:
            try:
                self._expected[canary] = self._card(canary)
            except ScorerError as error:
                faults.append(f"the release's expected fallback counts as none: {error}")
        return self._expected.get(canary, 0.0)

    def _count(self, standing: Standing, stands: Place, now: datetime, faults: list[str]) -> Standing:
        """Add both windows; neither reaches back to where share or releases were others."""
        if self._source is None:
            faults.append("nobody was named who counts: --prometheus, or --worker")
            return standing
        since = max(1.0, (now - stands.stable_since).total_seconds())
        with _noting(faults):
            recent = self._source.recent(min(self._policy.window_seconds, since))
            standing = with_recent(standing, recent, arm=stands.arm)
        with _noting(faults):
            rates = self._source.rates(min(self._policy.rates_window_seconds, since))
            standing = with_rates(standing, rates, arm=stands.arm)
        with _noting(faults):
            total = self._source.rates(since)
            standing = with_total(standing, total, arm=stands.arm)
        with _noting(faults):
            states = self._source.freshness()
            if states is not None:
                faults += [f"freshness of {source} not measured" for source in unmeasured_sources(states)]
                return with_freshness(standing, states)
        return standing

    def _ask(self, standing: Standing, stands: Place, now: datetime, faults: list[str]) -> Standing:
        with _noting(faults):
            if self._asker is not None:
                answer = self._asker(standing, stands, now)
                if isinstance(answer, Standing):
                    return answer
                faults += answer.faults
                return answer.standing
        return standing

    def _when(self, standing: Standing) -> Forecast | None:
        step, signs = self._policy.step_from(standing.percent), standing.signs(self._policy)
        if step is None or signs is None:
            return None
        return forecast(
            self._policy, step, signs, days=standing.evidence_days or 0.0, has_champion=standing.has_champion
        )


@contextmanager
def _noting(faults: list[str]) -> Iterator[None]:
    """Note whoever cannot be asked, and go on."""
    try:
        yield
    except (OpsError, StreamError) as error:
        if str(error) not in faults:
            faults.append(str(error))


def day(now: datetime, days: float | None) -> str | None:
    """Return the date that lies so many days ahead."""
    return None if days is None else (now + timedelta(days=days)).date().isoformat()

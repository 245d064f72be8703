"""Evaluation: the verdict of ``ledgermind rollout status``, for a page; no rule is computed here.

Each criterion is shown with the window and the sample that its value rests on.
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct
from psycopg.conninfo import make_conninfo

from ops.console.asking import without_noise
from ops.console.settings import DEADLINE_SECONDS, READ_ONLY, ConsoleSettings
from ops.rollout.evaluate import Looker
from ops.rollout.evidence.warehouse import warehouse_at
from ops.rollout.patience import Patience
from ops.rollout.report import Labels, draw
from ops.rollout.sources.criteria import criteria_at
from ops.rollout.sources.windows import FromPrometheus, FromWorkers, MetricsSource
from ops.rollout.sources.workers import Workers
from schemas.events.rollout import RolloutRecord
from scorer.errors import RegistryError
from scorer.release.registry import Registry
from scorer.rollout.criteria import Holds
from scorer.rollout.metric_names import Rate

ASKED: Final = ("accepted", "low_confidence", "unavailable", "error", "timeout")
# Which window a criterion rests on, and the observations whose sum is its sample.
SHORT: Final[dict[str, tuple[str, ...]]] = {
    Rate.RECENT: ("recent_transactions",),
    Rate.P95: ("recent_latencies",),
    Rate.RECENT_ERRORS: tuple(f"recent_{name}" for name in ASKED),
    Rate.SCORING_FAILURES: ("recent_transactions",),
}
LONG: Final[dict[str, tuple[str, ...]]] = {
    Rate.ANSWERS: ASKED,
    Rate.FALLBACK: ASKED,
    Rate.EXCESS_FALLBACK: ASKED,
    Rate.ERRORS: ASKED,
    Rate.DISAGREEMENT: ("agree", "disagree"),
    Rate.USERS: ("users",),
}
OTHER: Final[dict[str, str]] = {
    Rate.STABLE: "since the share changed",
    Rate.SAMPLE_RATIO: "since the share changed",
    Rate.STALE: "now",
    Rate.MART_AGE: "now",
    Rate.E_BETTER: "settled labels of these releases",
    Rate.E_NOT_WORSE: "settled labels of these releases",
    Rate.E_WORSE: "settled labels of these releases",
    Rate.FEEDBACK: "feedback of these releases",
    Rate.FEEDBACK_USERS: "feedback of these releases",
    Rate.COMPLAINTS: "feedback of these releases",
    Rate.CATEGORY_COMPLAINTS: "feedback of these releases",
    Rate.CATEGORY_PRECISION: "settled labels of these releases",
}
STATUS: Final = {
    Holds.YES: ("good", "holds"),
    Holds.NO: ("bad", "does not hold"),
    Holds.UNKNOWN: ("unknown", "not enough data"),
    Holds.WAIVED: ("waived", "waived"),
}


class CriterionRow(Struct, frozen=True, kw_only=True):
    """One criterion: value against limit, over which window, on how large a sample."""

    name: str
    value: float | None
    comparison: str
    limit: float | None
    status: str  # good, bad, unknown or waived
    in_words: str
    note: str
    window: str
    sample: float | None


class Evaluation(Struct, frozen=True, kw_only=True):
    """What one evaluation came to; ``faults`` name the sources that did not answer."""

    policy: str
    verdict: str
    reasons: tuple[str, ...]
    criteria: tuple[CriterionRow, ...]
    faults: tuple[str, ...]
    next: str
    labels: Labels | None


class Evaluator:
    """Evaluates again and again; remembers the workers' counters, so that windows reach back."""

    def __init__(self, settings: ConsoleSettings, *, records: Callable[[], Sequence[RolloutRecord]]) -> None:
        self._settings = settings
        self._records = records
        self._patience = Patience(DEADLINE_SECONDS)
        self._source = _source(settings, self._patience)
        self._dsn = None if settings.dsn is None else make_conninfo(settings.dsn, options=READ_ONLY)
        self._registry = Registry(settings.registry)
        self._expected: dict[str, float] = {}

    def evaluate(self) -> Evaluation:
        """Evaluate once, as a command would that runs now; raises OpsError where there is no record."""
        policy = self._settings.policy
        now = datetime.fromtimestamp(time.time(), UTC)
        look = Looker(
            policy,
            history=lambda: list(self._records()),
            source=self._source,
            asker=None if self._dsn is None else warehouse_at(self._dsn, policy, self._patience),
            criteria=criteria_at(policy, self._patience, prometheus=self._settings.prometheus, dsn=self._dsn),
            expected_fallback=self._expected_fallback,
            patience=self._patience,
        ).look(now)
        screen = draw(policy, look, now=now)
        return Evaluation(
            policy=screen.policy,
            verdict=screen.verdict.value,
            reasons=tuple(without_noise(reason) for reason in screen.reasons),
            criteria=tuple(
                CriterionRow(
                    name=one.name,
                    value=one.value,
                    comparison=one.wants,
                    limit=one.bar,
                    status=STATUS[Holds(one.holds)][0],
                    in_words=STATUS[Holds(one.holds)][1],
                    note=one.note,
                    window=window_of(one.name, screen.observations),
                    sample=sample_of(one.name, screen.observations),
                )
                for one in screen.conditions
            ),
            faults=tuple(without_noise(fault) for fault in screen.faults),
            next=screen.next,
            labels=screen.labels,
        )

    def _expected_fallback(self, version: str) -> float:
        """Return the release's own share of unsure answers, as its manifest says; raises RegistryError without one."""
        if version not in self._expected:
            manifests = {one.version: one.manifest for one in self._registry.list()}
            if (manifest := manifests.get(version)) is None:
                raise RegistryError(self._registry.location, f"holds no manifest of {version} that can be read")
            self._expected[version] = manifest.expected_fallback
        return self._expected[version]


def window_of(criterion: str, observations: dict[str, float]) -> str:
    """Return over which time a criterion was measured, in words."""
    if criterion in SHORT:
        return _seconds(observations.get("recent_seconds"))
    if criterion in LONG:
        return _seconds(observations.get("rates_seconds"))
    return OTHER.get(criterion, "as its query says")


def sample_of(criterion: str, observations: dict[str, float]) -> float | None:
    """Return how many observations a criterion rests on, None where that was not measured or is no count."""
    names = SHORT.get(criterion) or LONG.get(criterion) or ()
    found = [observations[name] for name in names if name in observations]
    return sum(found) if found else None


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return "not measured"
    return f"{seconds:.0f} s" if seconds < 600 else f"{seconds / 60:.0f} min" if seconds < 36_000 else _hours(seconds)


def _hours(seconds: float) -> str:
    return f"{seconds / 3_600:.0f} h"


def _source(settings: ConsoleSettings, patience: Patience) -> MetricsSource | None:
    if settings.prometheus is not None and not settings.workers:
        return FromPrometheus(settings.prometheus, patience=patience)
    if not settings.workers:
        return None
    workers = Workers(settings.workers, keep_seconds=settings.policy.rates_window_seconds, patience=patience)
    return FromWorkers(workers, patience=patience, exporter=settings.freshness, clock=time.monotonic, wait=None)

"""Traffic: the counters of several workers as one picture; pure."""

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from ops.console.worker_counters import WorkerLook
from ops.rollout.sources.counters import LATENCY
from ops.rollout.sources.metrics_client import Scrape
from ops.rollout.sources.prometheus import TRANSACTIONS
from schemas.events.comparison import Acceptance
from schemas.events.dead_letter import DeadLetterReason
from schemas.events.suggestion import Arm, FallbackReason
from scorer.rollout.compute_rates import disagreement
from scorer.rollout.histogram_quantile import quantile
from scorer.rollout.rates import COVERAGE, FALLBACK, Definition

END_TO_END: Final = "lm_stream_end_to_end_seconds_bucket"
SOURCES: Final = ("model", "rules", "hint", "fallback", "none")

Buckets = list[tuple[float, float]]


class Quantiles(Struct, frozen=True):
    """Of one histogram, in seconds; None without observations."""

    p50: float | None
    p95: float | None


class ArmCounts(Struct, frozen=True):
    """Of one arm: how often its model was asked, and the rates of that, 0 to 1."""

    arm: str
    asked: float
    coverage: float | None
    fallback: float | None


class Worker(Struct, frozen=True):
    """One worker's gauges; None where it does not show them."""

    url: str
    is_ready: bool
    rollout_version: int | None
    paused: int
    lag: int | None
    models: tuple[str, ...]


class TrafficSummary(Struct, frozen=True, kw_only=True):
    """All workers together. ``seconds`` is the longest window of them; counts are records, rates 0 to 1."""

    seconds: float
    per_second: float
    records: float
    arms: tuple[ArmCounts, ...]
    agreement: float | None
    compared: float
    sources: dict[str, float]
    fallbacks: dict[str, float]
    dead_letters: dict[str, float]
    scoring: Quantiles
    end_to_end: Quantiles
    workers: tuple[Worker, ...]


def summarise(looks: Sequence[WorkerLook]) -> TrafficSummary:
    """Return one picture of at least one look."""
    added = merged([look.added for look in looks])
    outcomes = {one: added.total("lm_suggest_compare_total", outcome=one) for one in ("agree", "disagree")}
    disagreed = disagreement(agree=outcomes["agree"], disagree=outcomes["disagree"])
    return TrafficSummary(
        seconds=max(look.seconds for look in looks),
        per_second=sum(
            look.rate_added.total(TRANSACTIONS) / look.rate_seconds for look in looks if look.rate_seconds > 0
        ),
        records=added.total(TRANSACTIONS),
        arms=tuple(_arm(added, arm) for arm in Arm),
        agreement=None if disagreed is None else 1 - disagreed,
        compared=sum(outcomes.values()),
        sources=_by(added, "lm_ml_predictions_total", "source", SOURCES),
        fallbacks=_by(added, "lm_ml_fallback_total", "reason", tuple(FallbackReason)),
        dead_letters=_by(added, "lm_stream_dead_letters_total", "reason", tuple(DeadLetterReason)),
        scoring=_quantiles(_buckets(added, LATENCY)),
        end_to_end=_quantiles(_buckets(added, END_TO_END)),
        workers=tuple(_worker(look) for look in looks if look.gauges.samples),
    )


def merged(scrapes: Sequence[Scrape]) -> Scrape:
    """Return the sum of several workers' counters."""
    samples: defaultdict[tuple[str, tuple[tuple[str, str], ...]], float] = defaultdict(float)
    for scrape in scrapes:
        for key, value in scrape.samples.items():
            samples[key] += value
    return Scrape(samples)


def _arm(added: Scrape, arm: Arm) -> ArmCounts:
    counts = {
        one.value: added.total("lm_ml_acceptance_total", arm=arm.value, acceptance=one.value) for one in Acceptance
    }

    def rate(definition: Definition) -> float | None:
        return definition.of(counts)

    asked = sum(counts[name] for name in COVERAGE.whole)
    return ArmCounts(arm.value, asked, rate(COVERAGE), rate(FALLBACK))


def _by(added: Scrape, name: str, label: str, values: Sequence[str]) -> dict[str, float]:
    """Return the counts by a label, those that are not zero, the largest first."""
    counts = {str(value): added.total(name, **{label: str(value)}) for value in values}
    return dict(sorted(((value, count) for value, count in counts.items() if count), key=lambda one: -one[1]))


def _buckets(added: Scrape, name: str) -> Buckets:
    found: defaultdict[float, float] = defaultdict(float)
    for (metric, labels), value in added.samples.items():
        if metric == name and math.isfinite(value):
            found[float(dict(labels)["le"].replace("+Inf", "inf"))] += value
    return sorted(found.items())


def _quantiles(buckets: Buckets) -> Quantiles:
    return Quantiles(quantile(buckets, 0.5), quantile(buckets, 0.95))


def _worker(look: WorkerLook) -> Worker:
    gauges = look.gauges
    lags = [value for (name, _), value in gauges.samples.items() if name == "lm_stream_consumer_lag"]
    known = [value for value in lags if math.isfinite(value)]
    version = gauges.samples.get(("lm_rollout_version", ()))
    loaded = [dict(labels) for (name, labels), on in gauges.samples.items() if name == "lm_ml_model_info" and on]
    return Worker(
        url=look.url,
        is_ready=gauges.total("lm_stream_ready") > 0,
        rollout_version=None if version is None or not math.isfinite(version) else int(version),
        paused=int(gauges.total("lm_stream_paused_partitions")),
        lag=int(sum(known)) if known else None,
        models=tuple(sorted(f"{one.get('model_version', '?')} ({one.get('role', '?')})" for one in loaded)),
    )

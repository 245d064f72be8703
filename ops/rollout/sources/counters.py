"""Counters: a window's counters as numbers of the standing; ``scorer.rollout.measured`` finds what is no count."""

import math
from collections import defaultdict
from typing import Final

import msgspec

from ops.rollout.sources.metrics_client import Scrape
from ops.rollout.sources.prometheus import FRESHNESS, TRANSACTIONS
from ops.rollout.sources.windows import Window
from ops.warehouse.watched_sources import TRAINED_ON, WATCHED, FreshnessState
from schemas.events.comparison import Acceptance, Role
from scorer.rollout.histogram_quantile import quantile
from scorer.rollout.metrics import Standing
from scorer.rollout.rates import ASKED, FAILED

LATENCY: Final = "lm_ml_predict_latency_seconds_bucket"
P95: Final = 0.95


def with_rates(standing: Standing, window: Window, *, arm: str) -> Standing:
    """Add the counts of the window of rates; a series that no worker exports yet counts nothing."""
    added = window.added
    asked = _asked(added, arm)
    return msgspec.structs.replace(
        standing,
        rates_seconds=window.seconds,
        accepted=asked[Acceptance.ACCEPTED],
        low_confidence=asked[Acceptance.LOW_CONFIDENCE],
        unavailable=asked[Acceptance.UNAVAILABLE],
        error=asked[Acceptance.ERROR],
        timeout=asked[Acceptance.TIMEOUT],
        agree=added.total("lm_suggest_compare_total", outcome="agree"),
        disagree=added.total("lm_suggest_compare_total", outcome="disagree"),
    )


def with_recent(standing: Standing, window: Window, *, arm: str) -> Standing:
    """Add the counts of the short window."""
    added = window.added
    asked = _asked(added, arm)
    buckets = latency_buckets(added)
    are_counts = all(math.isfinite(count) and count >= 0 for _, count in buckets)
    return msgspec.structs.replace(
        standing,
        recent_seconds=window.seconds,
        recent_transactions=added.total(TRANSACTIONS),
        recent_accepted=asked[Acceptance.ACCEPTED],
        recent_low_confidence=asked[Acceptance.LOW_CONFIDENCE],
        recent_unavailable=asked[Acceptance.UNAVAILABLE],
        recent_error=asked[Acceptance.ERROR],
        recent_timeout=asked[Acceptance.TIMEOUT],
        recent_scoring_failed=added.total("lm_stream_dead_letters_total", reason="scoring_failed"),
        recent_latencies=math.nan if not are_counts else buckets[-1][1] if buckets else 0.0,
        p95_seconds=quantile(buckets, P95) if are_counts else None,
    )


def with_total(standing: Standing, window: Window, *, arm: str) -> Standing:
    """Add how many answers there were since the share moved, and how many of them failed."""
    asked = _asked(window.added, arm)
    return msgspec.structs.replace(
        standing,
        total_asked=sum(asked[Acceptance(name)] for name in ASKED),
        total_failed=sum(asked[Acceptance(name)] for name in FAILED),
    )


def with_freshness(standing: Standing, states: Scrape) -> Standing:
    """Add how many watched sources are stale; not measured where none is and one could not be measured."""
    if not all(math.isfinite(value) for (name, _), value in states.samples.items() if name == FRESHNESS):
        return msgspec.structs.replace(standing, stale_sources=math.nan)
    stale = [source for source in WATCHED if states.total(FRESHNESS, table=source, state=FreshnessState.ERROR)]
    if not stale and unmeasured_sources(states):
        return standing
    return msgspec.structs.replace(standing, stale_sources=len(stale))


def unmeasured_sources(states: Scrape) -> list[str]:
    """Return the sources that were not measured, or are not shown at all.

    What workers write is none of them: where it never landed, no user and no label is measured, which says it better.
    """
    known = [state.value for state in FreshnessState if state is not FreshnessState.UNMEASURED]
    return [
        source
        for source in TRAINED_ON
        if not any(states.total(FRESHNESS, table=source, state=state) for state in known)
    ]


def latency_buckets(added: Scrape) -> list[tuple[float, float]]:
    """Return the histogram of the canary's scoring time: (upper bound in seconds, how many at or below it), ascending.

    The champion's own is left out: beside a fast one, a slow canary of a small share would not show.
    """
    found: defaultdict[float, float] = defaultdict(float)
    for (name, labels), value in added.samples.items():
        has = dict(labels)
        if name == LATENCY and has.get("role") != Role.CHAMPION:
            found[float(has["le"].replace("+Inf", "inf"))] += value
    return sorted(found.items(), key=lambda bucket: (math.isinf(bucket[0]), bucket[0]))


def _asked(added: Scrape, arm: str) -> dict[Acceptance, float]:
    return {one: added.total("lm_ml_acceptance_total", arm=arm, acceptance=one.value) for one in Acceptance}

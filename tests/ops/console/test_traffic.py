import math

import pytest

from ops.console.traffic import merged, summarise
from ops.console.worker_counters import WorkerLook
from ops.rollout.sources.metrics_client import Scrape

ASKED = "lm_ml_acceptance_total"


def look(url: str, *, canary: dict[str, float], transactions: float, seconds: float = 60.0) -> WorkerLook:
    samples: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {
        (ASKED, (("acceptance", name), ("arm", "canary"))): value for name, value in canary.items()
    }
    samples[("lm_stream_transactions_total", ())] = transactions
    samples[("lm_suggest_compare_total", (("arm", "canary"), ("outcome", "agree")))] = 3.0
    samples[("lm_suggest_compare_total", (("arm", "canary"), ("outcome", "disagree")))] = 1.0
    for bound, count in (("0.01", 5.0), ("0.1", 9.0), ("+Inf", 10.0)):
        samples[("lm_stream_end_to_end_seconds_bucket", (("le", bound),))] = count
    gauges = Scrape(
        {("lm_stream_ready", ()): 1.0, ("lm_rollout_version", ()): 4.0, ("lm_stream_consumer_lag", ()): math.nan}
    )
    return WorkerLook(url, gauges, Scrape(samples), seconds, Scrape(samples), seconds)


def test_several_workers_are_one_picture() -> None:
    found = summarise(
        [
            look("a", canary={"accepted": 9.0, "low_confidence": 1.0}, transactions=60.0),
            look("b", canary={"accepted": 0.0, "timeout": 10.0}, transactions=120.0),
        ]
    )
    canary = next(arm for arm in found.arms if arm.arm == "canary")
    assert (canary.asked, canary.coverage, canary.fallback) == (20.0, 0.45, 0.55)
    assert (found.per_second, found.records, found.agreement) == (3.0, 180.0, 0.75)
    assert [worker.url for worker in found.workers] == ["a", "b"]


def test_what_was_never_asked_has_no_rate() -> None:
    found = summarise([look("a", canary={}, transactions=0.0)])
    assert [(arm.asked, arm.coverage) for arm in found.arms] == [(0.0, None)] * len(found.arms)


def test_quantiles_are_of_all_workers_together() -> None:
    found = summarise([look("a", canary={}, transactions=1.0), look("b", canary={}, transactions=1.0)])
    assert found.end_to_end.p50 == pytest.approx(0.01)
    assert found.end_to_end.p95 == pytest.approx(0.1)


def test_a_lag_that_is_not_measured_is_not_shown_as_none_waiting() -> None:
    assert summarise([look("a", canary={}, transactions=1.0)]).workers[0].lag is None


def test_a_series_that_one_worker_lacks_counts_nothing_there() -> None:
    assert merged([Scrape({("x", ()): 1.0}), Scrape({("y", ()): 2.0})]).samples == {("x", ()): 1.0, ("y", ()): 2.0}

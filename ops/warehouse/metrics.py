"""Warehouse metrics: freshness, dbt's last run, trainings and skew, each as what Prometheus reads."""

from collections.abc import Iterable, Sequence
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from ops.warehouse.dbt import RunResults
from ops.warehouse.freshness import SourceFreshness
from ops.warehouse.skew import Skew
from ops.warehouse.training_history import TrainingHistory
from ops.warehouse.watched_sources import FreshnessState
from trainer.blockers import BlockerReason

TEST: Final = "test."  # begins the id of what is a test
_RAN: Final = frozenset({"pass", "warn", "fail"})


def freshness_metrics(states: Sequence[SourceFreshness]) -> Iterable[Metric]:
    """Yield the sources' newest times and states; a source that was not measured has no time."""
    loaded_at = GaugeMetricFamily(
        "dbt_source_loaded_at_seconds", "Time of a source's newest row, in epoch seconds.", labels=["table"]
    )
    state = GaugeMetricFamily(
        "dbt_source_freshness_state",
        "1 for the state that a source is in, 0 for the others.",
        labels=["table", "state"],
    )
    for source in states:
        if source.latest_at is not None:
            loaded_at.add_metric([source.source], source.latest_at.timestamp())
        for one in FreshnessState:
            state.add_metric([source.source, one.value], float(source.state is one))
    yield from (loaded_at, state)


def run_metrics(results: RunResults | None, *, now: float) -> Iterable[Metric]:
    """Yield what the tests of the last run found and how long ago it was; nothing where there was none."""
    failures = GaugeMetricFamily(
        "dbt_test_failures", "Rows that a test found in the last run; 1 for a test that could not run.", labels=["test"]
    )
    age = GaugeMetricFamily("dbt_run_age_seconds", "Since the last run of models or tests ended.")
    if results is not None:
        for node in results.results:
            if node.unique_id.startswith(TEST):
                failures.add_metric([node.name], float(node.failures or 0) if node.status in _RAN else 1.0)
        age.add_metric([], now - results.metadata.generated_at.timestamp())
    yield from (failures, age)


def training_metrics(history: TrainingHistory | None) -> Iterable[Metric]:
    """Yield what came of the trainings; nothing where the warehouse could not be asked."""
    runs = CounterMetricFamily("lm_ml_train_runs", "Trainings by what they came to.", labels=["result"])
    f1_macro = GaugeMetricFamily("lm_ml_train_f1_macro", "Macro-F1 of the last release, on its gate fold.")
    ece = GaugeMetricFamily("lm_ml_train_ece", "Calibration error of the last release, on its gate fold.")
    blocked = GaugeMetricFamily(
        "lm_ml_training_blocked", "1 where this stood against the last training, 0 where not.", labels=["reason"]
    )
    last_run = GaugeMetricFamily(
        "lm_ml_train_last_run_seconds", "When the last training began, whatever it came to, in epoch seconds."
    )
    if history is not None:
        if history.last_run_at is not None:
            last_run.add_metric([], history.last_run_at)
        for result, count in history.runs.items():
            runs.add_metric([result.lower()], count)
        for family, value in ((f1_macro, history.f1_macro), (ece, history.ece)):
            if value is not None:
                family.add_metric([], value)
        for reason in BlockerReason:
            blocked.add_metric([reason.value], float(reason in history.blocked))
    yield from (runs, f1_macro, ece, last_run, blocked)


def skew_metrics(skew: Skew | None) -> Iterable[Metric]:
    """Yield in how many rows of the sample each feature differs; nothing of an empty sample."""
    rows = GaugeMetricFamily(
        "lm_ml_feature_skew_rows", "Rows of the sample whose feature is not what serving computes.", labels=["feature"]
    )
    sample = GaugeMetricFamily("lm_ml_feature_skew_sample_rows", "Rows of raw.ml_features that were computed again.")
    if skew is not None:
        sample.add_metric([], skew.sampled)
        for feature, count in skew.differing.items() if skew.sampled else ():
            rows.add_metric([feature], count)
    yield from (rows, sample)

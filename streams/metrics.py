"""Metrics: every name and label that the stream programs export; nothing else may stand in rules or dashboards."""

from typing import Final

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

from streams.histogram import BatchHistogram

disable_created_metrics()  # type: ignore[no-untyped-call]  # a process start is one series, not one per counter

PREDICTIONS: Final = Counter(
    "lm_ml_predictions_total",
    "What was served, one per transaction; fallback is control's answer where the canary's model was not good enough.",
    ["source", "arm"],
)
FALLBACKS: Final = Counter("lm_ml_fallback_total", "Canary arm: the model was asked and not served.", ["reason"])
ACCEPTANCE: Final = Counter(
    "lm_ml_acceptance_total", "The model's own word on its answer, shadow included.", ["arm", "acceptance"]
)
PREDICT_REQUESTS: Final = Counter("lm_ml_predict_requests_total", "Transactions put to a model.", ["available"])
PREDICT_LATENCY: Final = BatchHistogram(
    "lm_ml_predict_latency_seconds",
    "Per transaction: the model's scoring time of the batch it was in.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0),
)
COMPARISONS: Final = Counter("lm_suggest_compare_total", "Control's answer beside the canary's.", ["outcome", "arm"])
MODEL_INFO: Final = Gauge("lm_ml_model_info", "1 for each release that is loaded.", ["model_version", "role"])
RELEASE_LOADS: Final = Counter("lm_ml_release_loads_total", "Releases that a worker tried to load.", ["result"])

TRANSACTIONS: Final = Counter("lm_stream_transactions_total", "Records read and committed, dead letters included.")
DEAD_LETTERS: Final = Counter("lm_stream_dead_letters_total", "Records that became dead letters.", ["reason"])
END_TO_END: Final = BatchHistogram(
    "lm_stream_end_to_end_seconds",
    "From the record's timestamp to the commit of its suggestion.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0),
)
BATCH_SIZE: Final = Histogram(
    "lm_stream_batch_size", "Records per batch.", buckets=(1, 5, 10, 50, 100, 250, 500, 1000, 2000)
)
COMMITS: Final = Counter("lm_stream_commits_total", "Batches by what became of them.", ["result"])
COMMIT_SECONDS: Final = Histogram(
    "lm_stream_commit_seconds",
    "From begin to commit of one transaction.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0),
)
ABORTS: Final = Counter("lm_stream_aborts_total", "Transactions aborted.", ["reason"])
PAUSED_PARTITIONS: Final = Gauge("lm_stream_paused_partitions", "Partitions that are assigned and not read.")
CONSUMER_LAG: Final = Gauge("lm_stream_consumer_lag", "Records behind the broker's cached end.", ["partition"])
REBALANCES: Final = Counter("lm_stream_rebalances_total", "Assignments that this worker received.")
FAR_TIMESTAMPS: Final = Counter(
    "lm_stream_far_timestamps_total", "Records whose own timestamp is over a day from the clock."
)

ROLLOUT_PERCENT: Final = Gauge("lm_rollout_percent", "Share of users in the canary arm, percent.")
ROLLOUT_VERSION: Final = Gauge("lm_rollout_version", "Version of the rollout record that is served.")


def exposition() -> bytes:
    """Return all metrics in Prometheus' text format."""
    return generate_latest(REGISTRY)

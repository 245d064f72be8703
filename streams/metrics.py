"""Metrics: every name and label that the stream programs export; nothing else may stand in rules or dashboards."""

from collections.abc import Iterable
from itertools import product
from typing import Final

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

from schemas.events.candidate import SuggestionSource
from schemas.events.comparison import Acceptance, ComparisonOutcome, Role
from schemas.events.dead_letter import DeadLetterReason
from schemas.events.skip_reason import SkipReason
from schemas.events.suggestion import Arm, FallbackReason
from streams.histogram import BatchHistogram

disable_created_metrics()  # type: ignore[no-untyped-call]  # a process start is one series, not one per counter


def _counter(name: str, documentation: str, **labels: Iterable[str]) -> Counter:
    """Return a counter that stands at zero for every value of its labels from the start.

    A series that first appears with a number in it hides that number: Prometheus counts from the first sample on.
    """
    counter = Counter(name, documentation, list(labels))
    for values in product(*labels.values()):
        counter.labels(*values)
    return counter


FALLBACK: Final = "fallback"  # a source of its own
PREDICTIONS: Final = _counter(
    "lm_ml_predictions_total",
    "What was served, one per transaction; fallback is control's answer where the canary's model was not good enough.",
    source=(*SuggestionSource, FALLBACK),
    arm=Arm,
)
FALLBACKS: Final = _counter(
    "lm_ml_fallback_total", "Canary arm: the model was asked and not served.", reason=FallbackReason
)
ACCEPTANCE: Final = _counter(
    "lm_ml_acceptance_total",
    "The model's own word on its answer, shadow included.",
    arm=Arm,
    acceptance=[acceptance for acceptance in Acceptance if acceptance is not Acceptance.NOT_ASKED],
)
PREDICT_REQUESTS: Final = _counter(
    "lm_ml_predict_requests_total", "Transactions put to a model.", available=("true", "false")
)
PREDICT_LATENCY: Final = BatchHistogram(
    "lm_ml_predict_latency_seconds",
    "Per transaction: the model's scoring time of the batch it was in.",
    label=("role", [role for role in Role if role is not Role.RULES]),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0),
)
COMPARISONS: Final = _counter(
    "lm_suggest_compare_total", "Control's answer beside the canary's.", outcome=ComparisonOutcome, arm=Arm
)
MODEL_INFO: Final = Gauge("lm_ml_model_info", "1 for each release that is loaded.", ["model_version", "role"])
RELEASE_LOADS: Final = _counter(
    "lm_ml_release_loads_total", "Releases that a worker tried to load.", result=("loaded", "refused")
)
EXPECTED_ACCURACY: Final = Gauge(
    "lm_ml_expected_accuracy", "Mean calibrated confidence over the last 5,000 answers of a model.", ["role"]
)
EXPECTED_FALLBACK: Final = Gauge(
    "lm_ml_expected_fallback",
    "Share of unsure answers that a loaded release expects of itself, measured on rows that were not learned; 0 to 1.",
    ["role"],
)
INPUT_DRIFT: Final = Gauge(
    "lm_ml_input_drift", "Population stability index of the last transactions against the gate fold.", ["feature"]
)
INPUT_DRIFT_BAR: Final = Gauge(
    "lm_ml_input_drift_bar", "What the index must exceed to be more than chance, and worth a look.", ["feature"]
)
NEW_MERCHANTS: Final = Gauge(
    "lm_ml_new_merchants", "Share of the last transactions whose merchant has no history in the release, 0 to 1."
)

TRANSACTIONS: Final = Counter("lm_stream_transactions_total", "Records read and committed, dead letters included.")
DEAD_LETTERS: Final = _counter(
    "lm_stream_dead_letters_total", "Records that became dead letters.", reason=DeadLetterReason
)
MAPPING_SKIPS: Final = _counter(
    "lm_stream_mapping_skips_total",
    "Records that the mapping of LEDGERMIND_MAPPING left out, committed; in no other counter of records.",
    reason=SkipReason,
)
END_TO_END: Final = BatchHistogram(
    "lm_stream_end_to_end_seconds",
    "From the record's timestamp to the commit of its suggestion.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0),
)
BATCH_SIZE: Final = Histogram(
    "lm_stream_batch_size", "Records per batch.", buckets=(1, 5, 10, 50, 100, 250, 500, 1000, 2000)
)
COMMITS: Final = Counter(
    "lm_stream_commits_total", "Transactions of batches, or of parts of one, by what became of them.", ["result"]
)
COMMIT_SECONDS: Final = Histogram(
    "lm_stream_commit_seconds",
    "From begin to commit of one transaction.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0),
)
ABORTS: Final = Counter("lm_stream_aborts_total", "Transactions aborted.", ["reason"])
PAUSED_PARTITIONS: Final = Gauge("lm_stream_paused_partitions", "Partitions that are assigned and not read.")
UNPRODUCIBLE_PAUSES: Final = Counter(
    "lm_stream_unproducible_pauses_total",
    "Partitions paused at a record of which not even a dead letter can be written.",
)
PENDING_POSITIONS: Final = Gauge(
    "lm_stream_pending_positions", "Assigned partitions whose committed position an open transaction holds."
)
UNREAD_PARTITIONS: Final = Gauge(
    "lm_stream_unread_partitions",
    "Partitions of other workers where a record waits and the committed position has stood still for 10 s; NaN while "
    "that cannot be measured. Each worker says it: take the maximum.",
)
CONSUMER_LAG: Final = Gauge(
    "lm_stream_consumer_lag",
    "Records between the committed position and the broker's end, of each partition that is read here or by nobody; "
    "none while the broker does not answer. Take the maximum of each partition.",
    ["partition"],
)
READY: Final = Gauge("lm_stream_ready", "1 while /ready says yes, else 0.")
MISSING_RIGHTS: Final = Gauge(
    "lm_stream_missing_rights", "Rights at the broker that a worker needs and lacks; NaN while it does not answer."
)
CLOCK: Final = Gauge("lm_stream_clock_seconds", "What the worker's clock says when it is asked, in epoch seconds.")
CLOCK_SKEW: Final = Gauge(
    "lm_stream_clock_skew_seconds",
    "By how much the newest records are from the future: the worker's clock is behind its producers' by at least that.",
)
GAP_PARTITIONS: Final = Gauge(
    "lm_stream_gap_partitions", "Assigned partitions that stand still: their position is lost, or not on the broker."
)
SKIPPED: Final = Counter(
    "lm_stream_skipped_records_total", "Offsets that an operator had a partition skip, with ledgermind worker reset."
)
TOPIC_FAULTS: Final = Gauge(
    "lm_stream_topic_faults", "Settings of topics that delivery cannot rest on, as this worker last saw them."
)
TOPICS_MADE_ANEW: Final = Counter(
    "lm_stream_topics_made_anew_total", "Times that another topic was found behind the name transactions."
)
REBALANCES: Final = Counter("lm_stream_rebalances_total", "Assignments that this worker received.")
FAR_TIMESTAMPS: Final = Counter(
    "lm_stream_far_timestamps_total", "Records whose own timestamp is over a day from the clock."
)

HINTS: Final = Gauge("lm_stream_hints", "Hints of users that this worker holds.")
HINTS_IGNORED: Final = Counter(
    "lm_stream_hints_ignored_total", "Records of user-hints that are no hint, or lie outside partition 0."
)

ROLLOUT_PERCENT: Final = Gauge("lm_rollout_percent", "Share of users in the canary arm, percent.")
ROLLOUT_VERSION: Final = Gauge("lm_rollout_version", "Version of the rollout record that is served.")
ROLLOUT_FINDINGS: Final = Gauge(
    "lm_rollout_findings",
    "What ledgermind rollout verify finds on rollout-state and no repair has answered: records that are none or do not "
    "continue the chain, or a lost beginning.",
)
ROLLOUT_UNREADABLE: Final = Gauge(
    "lm_rollout_unreadable",
    "1 while the newest record of the chain is in a format that this version cannot read: control serves everybody.",
)
ROLLOUT_REFUSALS: Final = Counter(
    "lm_rollout_refusals_total", "Rollout records not followed, for want of a release that loads and may serve."
)


def exposition() -> bytes:
    """Return all metrics in Prometheus' text format."""
    return generate_latest(REGISTRY)

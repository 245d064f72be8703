"""Landing metrics: every name and label that the landing exports, and the page where it does."""

from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    start_http_server,
)

from schemas.events.skip_reason import SkipReason
from streams.errors import SettingsError

# Of its own: whatever the landing imports may bring a worker's metrics along, and a worker that is not ready with them.
LANDING: Final = CollectorRegistry()
ProcessCollector(registry=LANDING)
PlatformCollector(registry=LANDING)

ROWS: Final = Counter("lm_landing_rows_total", "Records that were landed and committed.", ["table"], registry=LANDING)
REJECTS: Final = Counter(
    "lm_landing_rejects_total",
    "Records that no table takes, kept as rejects.",
    ["table", "reason"],
    registry=LANDING,
)
MAPPING_SKIPS: Final = Counter(
    "lm_landing_mapping_skips_total",
    "Records that the mapping of LEDGERMIND_MAPPING left out; they are in no table.",
    ["reason"],
    registry=LANDING,
)
for _reason in SkipReason:  # a series that first appears with a number in it hides that number
    MAPPING_SKIPS.labels(_reason.value)
BATCH_SECONDS: Final = Histogram(
    "lm_landing_batch_seconds",
    "One batch into Postgres, commit included.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
    registry=LANDING,
)
WAITS: Final = Counter(
    "lm_landing_waits_total", "Times that the landing let go of Postgres and waited for it.", registry=LANDING
)
REJECT_LEVEL: Final = Gauge(
    "lm_landing_reject_level",
    "Rows refused beyond a hundredth of those that landed; past its limit the landing stops.",
    ["table"],
    registry=LANDING,
)
TOPICS_MADE_ANEW: Final = Counter(
    "lm_landing_topics_made_anew_total",
    "Times that another topic was found behind the name of one that is landed.",
    registry=LANDING,
)
GAP_PARTITIONS: Final = Gauge(
    "lm_landing_gap_partitions",
    "Partitions that stand still: the broker does not have their landed position.",
    registry=LANDING,
)
SKIPPED: Final = Counter(
    "lm_landing_skipped_records_total",
    "Offsets that were not landed because an operator moved a gap on.",
    ["topic"],
    registry=LANDING,
)
LAG: Final = Gauge(
    "lm_landing_lag",
    "Records that wait, over the partitions read here; a transaction's marker that stands last is none.",
    ["topic"],
    registry=LANDING,
)


def serve(host: str, port: int) -> None:
    """Answer /metrics in a thread of its own; raises SettingsError where nobody can listen at the address."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # a process start is one series, not one per counter
    try:
        start_http_server(port, host, LANDING)
    except OSError as error:
        raise SettingsError(
            f"cannot listen at {host}:{port} ({(error.strerror or str(error)).lower()}); "
            "end what does, or give this landing another LEDGERMIND_LANDING_PORT"
        ) from error

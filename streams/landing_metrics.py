"""Landing metrics: every name and label that the landing exports, and the page where it does."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics, start_http_server

from streams.errors import SettingsError

ROWS: Final = Counter("lm_landing_rows_total", "Records that were landed and committed.", ["table"])
REJECTS: Final = Counter(
    "lm_landing_rejects_total", "Records that no table takes, kept as rejects.", ["table", "reason"]
)
BATCH_SECONDS: Final = Histogram(
    "lm_landing_batch_seconds",
    "One batch into Postgres, commit included.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
WAITS: Final = Counter("lm_landing_waits_total", "Times that the landing let go of Postgres and waited for it.")
REJECT_LEVEL: Final = Gauge(
    "lm_landing_reject_level",
    "Rows refused beyond a hundredth of those that landed; past its limit the landing stops.",
    ["table"],
)
LAG: Final = Gauge(
    "lm_landing_lag", "Records behind the broker's cached end, over the partitions read here.", ["topic"]
)


def serve(host: str, port: int) -> None:
    """Answer /metrics in a thread of its own; raises SettingsError where nobody can listen at the address."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # a process start is one series, not one per counter
    try:
        start_http_server(port, host)
    except OSError as error:
        raise SettingsError(
            f"cannot listen at {host}:{port} ({(error.strerror or str(error)).lower()}); "
            "end what does, or give this landing another LEDGERMIND_LANDING_PORT"
        ) from error

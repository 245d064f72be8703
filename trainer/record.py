"""Record: what a training came to, as rows of the warehouse."""

from datetime import UTC, datetime

import msgspec

from scorer.manifest import Manifest
from trainer.connect import connect

_RUN = """
insert into raw.ml_training_runs (
    run_id, model_version, result, blocked_reason, as_of, started_at, finished_at, mart_fingerprint, f1_macro, ece,
    report
) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict (run_id) do nothing
"""
_RELEASE = """
insert into raw.model_registry (
    model_version, status, taxonomy_version, feature_version, trained_at, status_at, manifest
) values (%s, %s, %s, %s, %s, %s, %s)
on conflict (model_version, status_at) do nothing
"""


def record_release(dsn: str, manifest: Manifest, *, started_at: datetime, finished_at: datetime) -> None:
    """Write the run and the release that came of it; raises WarehouseError."""
    written = manifest.to_bytes().decode()
    as_of = datetime.fromisoformat(manifest.as_of)
    run_id = f"{manifest.model_version}@{started_at.astimezone(UTC):%Y%m%dT%H%M%S}"
    run = (
        run_id,
        manifest.model_version,
        manifest.gate.verdict,
        None,
        as_of,
        started_at,
        finished_at,
        manifest.mart_fingerprint,
        manifest.metrics["macro_f1"],
        manifest.metrics["ece"],
        msgspec.json.encode({"gate": manifest.gate, "metrics": manifest.metrics}).decode(),
    )
    release = (
        manifest.model_version,
        manifest.gate.verdict,
        manifest.taxonomy_version,
        manifest.feature_version,
        finished_at,
        finished_at,
        written,
    )
    _write(dsn, ((_RUN, run), (_RELEASE, release)))


def record_blocked(dsn: str, reason: str, *, as_of: datetime, started_at: datetime) -> None:
    """Write a run that did not start; raises WarehouseError."""
    run_id = f"blocked@{started_at.astimezone(UTC):%Y%m%dT%H%M%S.%f}"
    values = (run_id, None, "BLOCKED", reason, as_of, started_at, started_at, None, None, None, "{}")
    _write(dsn, ((_RUN, values),))


def _write(dsn: str, statements: tuple[tuple[str, tuple[object, ...]], ...]) -> None:
    with connect(dsn, "raw.ml_training_runs", missing="ledgermind warehouse migrate") as connection:
        for statement, values in statements:
            connection.execute(statement, values)

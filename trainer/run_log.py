"""Run log: what a training came to, as rows of the warehouse."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from scorer.release.manifest import Manifest
from scorer.release.promotion import Action, Promotion
from scorer.release.registry import Listed
from trainer.blockers import Blocker
from trainer.dataset.db import transaction_on

BLOCKED: Final = "BLOCKED"  # what a run came to that no gate has judged

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
# A training that wrote its row has named the release already, by its own clock.
_SYNC = """
insert into raw.model_registry (
    model_version, status, taxonomy_version, feature_version, trained_at, status_at, manifest
)
select
    %(model_version)s, %(status)s, %(taxonomy_version)s, %(feature_version)s, %(trained_at)s, %(status_at)s,
    %(manifest)s
where %(status)s in ('PROMOTED', 'ROLLED_BACK_TO') or not exists (
    select from raw.model_registry where model_version = %(model_version)s and status = %(status)s
)
on conflict (model_version, status_at) do nothing
"""
STATUSES: Final = {Action.PROMOTE: "PROMOTED", Action.ROLLBACK: "ROLLED_BACK_TO"}


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


def record_blocked(dsn: str, blockers: Sequence[Blocker], *, as_of: datetime, started_at: datetime) -> None:
    """Write a run that came to no release, and what stood against it; raises WarehouseError."""
    run_id = f"blocked@{started_at.astimezone(UTC):%Y%m%dT%H%M%S.%f}"
    reason = "; ".join(map(str, blockers))
    report = msgspec.json.encode({"blocked": sorted({blocker.reason.value for blocker in blockers})}).decode()
    values = (run_id, None, BLOCKED, reason, as_of, started_at, started_at, None, None, None, report)
    _write(dsn, ((_RUN, values),))


def record_registry(dsn: str, listed: Sequence[Listed], promotions: Sequence[Promotion]) -> None:
    """Bring the warehouse's rows of the registry in step with what the registry holds; raises WarehouseError.

    One row a release and one a promotion, each written once however often this runs. What was removed from the registry
    keeps its rows.
    """
    manifests = {release.version: release.manifest for release in listed if release.manifest is not None}
    found = [
        (version, manifest.gate.verdict, datetime.fromisoformat(manifest.as_of), manifest)
        for version, manifest in manifests.items()
    ]
    found += [
        (
            record.model_version,
            STATUSES[record.action],
            datetime.fromisoformat(record.at),
            manifests[record.model_version],
        )
        for record in promotions
        if record.model_version in manifests
    ]
    with transaction_on(dsn, "raw.model_registry", missing="ledgermind warehouse migrate") as connection:
        connection.execute("select from raw.model_registry limit 0")  # an empty registry needs the table, too
        for version, status, at, manifest in found:
            values = {
                "model_version": version,
                "status": status,
                "taxonomy_version": manifest.taxonomy_version,
                "feature_version": manifest.feature_version,
                "trained_at": datetime.fromisoformat(manifest.as_of),
                "status_at": at,
                "manifest": manifest.to_bytes().decode(),
            }
            connection.execute(_SYNC, values)


def _write(dsn: str, statements: tuple[tuple[str, tuple[object, ...]], ...]) -> None:
    with transaction_on(dsn, "raw.ml_training_runs", missing="ledgermind warehouse migrate") as connection:
        for statement, values in statements:
            connection.execute(statement, values)

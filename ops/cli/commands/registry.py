"""``ledgermind registry``: lists releases, promotes one, goes back to the one before, removes what nobody needs."""

import getpass
import time
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer

from ops.cli.commands.status import status
from ops.cli.options import Dsn, Json, postgres_dsn
from ops.cli.report import say
from scorer.release.promotion import Promotion
from streams.settings import KafkaSettings, read
from trainer.release.registry import Registry
from trainer.release.retention import plan_retention
from trainer.settings import TrainerSettings

app = typer.Typer(help="List, promote, roll back and remove releases.", no_args_is_help=True, add_completion=False)

Location = Annotated[str | None, typer.Option("--registry", help="Path or URI; else LEDGERMIND_REGISTRY.")]
Reason = Annotated[str, typer.Option(help="Reason; the registry keeps it.")]
Actor = Annotated[str, typer.Option(help="Name of the person or program that decides.")]
InWarehouse = Annotated[bool, typer.Option("--warehouse/--no-warehouse", help="Update raw.model_registry.")]

app.command(name="list", help=(status.__doc__ or "").replace("ledgermind status", "ledgermind registry list"))(status)


@app.command(name="promote")
def promote_command(
    version: Annotated[str, typer.Argument(help="Version of the release.")],
    reason: Reason,
    *,
    actor: Actor = "",
    registry: Location = None,
    warehouse: InWarehouse = True,
    dsn: Dsn = None,
    as_json: Json = False,
) -> None:
    """Verify a release and mark it as promoted, so that registry gc keeps it.

    Retention keeps it and the one promoted before it.
    The rollout record says who is served and what trainings are compared with: ledgermind rollout set.

    Example: ledgermind registry promote 202608250000-c8b6c0bdf3 --reason "the gate passed it"

    Exit codes: 0 promoted, 1 not found, 3 the release is refused.
    """
    from trainer.release.promote import promote  # noqa: PLC0415 - it loads the model, which the list does not

    releases = _registry(registry)
    record = promote(releases, version, actor=actor or getpass.getuser(), reason=reason, now=_now())
    _show(record, as_json=as_json)
    _follow(releases, postgres_dsn(dsn) if warehouse else None)


@app.command()
def rollback(
    reason: Reason,
    *,
    actor: Actor = "",
    registry: Location = None,
    warehouse: InWarehouse = True,
    dsn: Dsn = None,
    as_json: Json = False,
) -> None:
    """Record the release that was promoted before the present one as promoted again.

    It is verified again; ledgermind rollout set --control serves it.

    Example: ledgermind registry rollback --reason "complaints"

    Exit codes: 0 done, 1 there is no earlier one, 3 the release is refused.
    """
    from trainer.release.promote import roll_back  # noqa: PLC0415 - as above

    releases = _registry(registry)
    record = roll_back(releases, actor=actor or getpass.getuser(), reason=reason, now=_now())
    _show(record, as_json=as_json)
    _follow(releases, postgres_dsn(dsn) if warehouse else None)


@app.command()
def record(*, registry: Location = None, dsn: Dsn = None, as_json: Json = False) -> None:
    """Write releases and promotions that the warehouse lacks into raw.model_registry.

    The judge uses no label for a release whose training the warehouse does not know.

    Example: ledgermind registry record

    Exit codes: 0 written, 9 Postgres does not answer.
    """
    from trainer.run_log import record_registry  # noqa: PLC0415 - the list needs no Postgres

    releases = _registry(registry)
    listed = releases.list()
    record_registry(postgres_dsn(dsn), listed, releases.promotions())
    count = sum(release.manifest is not None for release in listed)
    say(f"raw.model_registry holds all {count} releases", {"releases": count}, as_json=as_json)


@app.command()
def gc(
    *,
    keep: Annotated[int, typer.Option(min=0, help="Number of newest releases that are always kept.")] = 5,
    remove: Annotated[bool, typer.Option("--remove", help="Remove the listed releases.")] = False,
    registry: Location = None,
    as_json: Json = False,
) -> None:
    """List releases that can be removed, and remove them with --remove.

    A release is kept if a rollout record or a promotion names it, or if it is among the newest. Without a broker
    the rollout records cannot be read, and nothing is removed.

    Example: ledgermind registry gc --keep 10 --remove

    Exit codes: 0 done, 4 no broker answers.
    """
    from ops.releases.referenced import read_named  # noqa: PLC0415 - the other commands need no Kafka

    releases = _registry(registry)
    found = plan_retention(releases, named=read_named(read(KafkaSettings)), newest=keep)
    needless = [item.version for item in found if item.reason is None]
    if remove:
        for version in needless:
            releases.remove(version)
    verb = "removed" if remove else "would be removed"
    if as_json:
        rows = [{"model_version": item.version, "kept_for": item.reason, "removed": remove} for item in found]
        rows = [row | {"removed": bool(row["removed"]) and row["kept_for"] is None} for row in rows]
        typer.echo(msgspec.json.encode(rows).decode())
        return
    for item in found:
        typer.echo(f"{item.version}  {verb if item.reason is None else f'kept: {item.reason}'}")
    if needless and not remove:
        typer.echo("nothing was removed: add --remove")


def _registry(location: str | None) -> Registry:
    return Registry(location or read(TrainerSettings).registry)


def _follow(releases: Registry, dsn: str | None) -> None:
    """Bring the warehouse's register in step, where one was named."""
    if dsn is not None:
        from trainer.run_log import record_registry  # noqa: PLC0415 - as above

        record_registry(dsn, releases.list(), releases.promotions())


def _show(record: Promotion, *, as_json: bool) -> None:
    words = f"{record.model_version} is promoted since {record.at} ({record.action} {record.number}: {record.reason})"
    words += "; who is served stays as it is: ledgermind rollout status"
    summary: dict[str, int | float | str | bool | None] = {
        "number": record.number,
        "action": record.action.value,
        "model_version": record.model_version,
        "manifest_hash": record.manifest_hash,
        "actor": record.actor,
        "reason": record.reason,
        "at": record.at,
    }
    say(words, summary, as_json=as_json)


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)

"""``ledgermind rollout``: looks at the rollout record, and appends to it."""

import getpass
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Final

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ops.challenger import succeed
from ops.commands.judge import judge_command, verdict_faults
from ops.errors import OpsError
from ops.servable import require_servable
from schemas.rollout import ArmPolicy, RolloutRecord
from schemas.topics import ROLLOUT_STATE
from scorer.registry import Registry
from streams.errors import RolloutRecordError
from streams.releases import Releases
from streams.rollout import History, read_history
from streams.rollout_writer import Change, Writer, first_record, parse_percent, successor
from streams.settings import KafkaSettings, RegistrySettings, SuggestSettings, read
from streams.topic_id import check_topics

EVERYBODY_PERCENT: Final = 100
PIPE_WIDTH: Final = 160  # where nobody's terminal says how wide a line may be
app = typer.Typer(help="Look at the rollout record, and append to it.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Reason = Annotated[str, typer.Option(help="Why; it stands in the record for ever.")]
Expect = Annotated[int | None, typer.Option(help="Refuse where the record in force has another version.")]
Actor = Annotated[str, typer.Option(help="Who decides.")]


@app.command()
def status(as_json: Json = False) -> None:
    """Show the record in force."""
    record = _read_history().latest
    if record is None:
        raise OpsError("there is no rollout record yet; start a worker, or run: ledgermind rollout init")
    _show([record], as_json=as_json)


@app.command()
def history(as_json: Json = False) -> None:
    """Show every record, the first one first."""
    _show(_read_history().records, as_json=as_json)


@app.command()
def verify(as_json: Json = False) -> None:
    """Check the hash chain, and every verdict against its own evidence; exit 8 where one is broken."""
    records = _read_history().records
    faults = verdict_faults(records)
    if faults:
        raise RolloutRecordError("; ".join(faults))
    head = records[-1].hash if records else None
    answer: dict[str, str | int | None] = {"records": len(records), "chain": "unbroken", "head": head}
    _print(answer, as_json=as_json)


@app.command()
def init(
    actor: Actor = "",
    canary: Annotated[str | None, typer.Option(help="Release for the canary; else the newest that loads.")] = None,
    as_json: Json = False,
) -> None:
    """Write record 0 from the environment, unless there is one."""
    suggest, registry, by = read(SuggestSettings), read(RegistrySettings), actor or getpass.getuser()
    model = Releases(registry, suggest).newest() if canary is None else canary or None
    writer = Writer(read(KafkaSettings))
    if writer.history.latest is None:
        proposed = first_record(suggest, canary_model=model, actor=by, now=_now())
        require_servable(proposed, Registry(registry.registry))
    _show([writer.begin(suggest, canary_model=model, actor=by, now=_now())], as_json=as_json)


@app.command(name="set")
def set_(
    percent: Annotated[str, typer.Argument(help="Share of users in the canary arm, 0 to 100.")],
    reason: Reason,
    actor: Actor = "",
    expect_version: Expect = None,
    canary: Annotated[str | None, typer.Option(help="Release that the canary serves; '' for none.")] = None,
    control: Annotated[str | None, typer.Option(help="Release that control serves, its champion; '' for none.")] = None,
    shadow: Annotated[bool | None, typer.Option("--shadow/--no-shadow", help="Score control's users too.")] = None,
    shadow_percent: Annotated[str | None, typer.Option(help="Share of users whom shadow scores, 0 to 100.")] = None,
    as_json: Json = False,
) -> None:
    """Move the share of users in the canary arm; exits 3 where a release may not be served.

    A canary that serves everybody becomes control's champion when another release takes its place.
    """
    change = Change(
        actor=actor or getpass.getuser(),
        reason=reason,
        percent=parse_percent(percent),
        shadow=shadow,
        shadow_percent=None if shadow_percent is None else parse_percent(shadow_percent),
        canary=None if canary is None else ArmPolicy(canary or None),
        control=None if control is None else ArmPolicy(control or None),
        expect_version=expect_version,
    )
    writer, now = Writer(read(KafkaSettings)), _now()
    if writer.history.latest is not None:
        change = succeed(change, writer.history.latest)
        require_servable(successor(writer.history.latest, change, now=now), Registry(read(RegistrySettings).registry))
    _show([writer.change(change, now=now)], as_json=as_json)


@app.command()
def rollback(reason: Reason, actor: Actor = "", expect_version: Expect = None, as_json: Json = False) -> None:
    """Take the canary back to 0 %, shadow on; workers follow within a second."""
    change = Change(
        actor=actor or getpass.getuser(), reason=reason, percent="0.00", shadow=True, expect_version=expect_version
    )
    _show([Writer(read(KafkaSettings)).change(change, now=_now())], as_json=as_json)


app.command(name="judge")(judge_command)


def _read_history() -> History:
    """Read every record; a broker that is not there, or a topic, is found out within seconds."""
    kafka = read(KafkaSettings)
    check_topics(kafka, [ROLLOUT_STATE])
    return read_history(kafka)


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def _show(records: Sequence[RolloutRecord], *, as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(records if len(records) != 1 else records[0]).decode())
        return
    table = Table("version", "percent", "shadow", "control", "canary", "actor", "reason", "decided at")
    for place in (3, 4, 7):
        table.columns[place].no_wrap = True  # a version that is cut can be copied nowhere
    for record in records:
        table.add_row(
            str(record.version),
            record.percent,
            _shadow(record),
            record.control.model_version or "rules",
            record.canary.model_version or "as control",
            escape(record.actor),
            escape(record.reason),
            record.decided_at.isoformat(timespec="seconds"),
        )
    console = Console()
    (console if console.is_terminal else Console(width=PIPE_WIDTH)).print(table)


def _shadow(record: RolloutRecord) -> str:
    if not record.shadow:
        return "off"
    return "on" if Decimal(record.shadow_percent) == EVERYBODY_PERCENT else f"{record.shadow_percent} %"


def _print(answer: dict[str, str | int | None], *, as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(answer).decode())
    else:
        typer.echo(", ".join(f"{name} {value}" for name, value in answer.items()))

"""``ledgermind dlq``: looks at dead letters, puts them back once their fault is mended, and ends pauses."""

import getpass
from collections import Counter, deque
from collections.abc import Mapping
from typing import Annotated

import msgspec
import typer

from ops.errors import UsageError
from ops.kafka import dlq
from schemas.contracts.topics import DEAD_LETTERS, TRANSACTIONS
from schemas.events.dead_letter import DeadLetterReason, read_headers
from schemas.events.rollout import ActKind
from streams.kafka.topic_check import check_topics
from streams.rollout.acts import ActLog
from streams.settings import KafkaSettings, WorkerSettings, read

app = typer.Typer(
    help="List and requeue dead letters, and resume paused partitions.", no_args_is_help=True, add_completion=False
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object per line.")]
Note = Annotated[str, typer.Option(help="Reason; the record of the act keeps it.")]
Actor = Annotated[str, typer.Option(help="Name of the person or program that decides.")]
Reasons = Annotated[list[DeadLetterReason] | None, typer.Option("--reason", help="Only this reason; may be repeated.")]


@app.command(name="list")
def list_(
    reason: Reasons = None,
    limit: Annotated[int, typer.Option(min=0, help="Number of newest dead letters; 0 for all.")] = 50,
    as_json: Json = False,
) -> None:
    """List the newest dead letters: their offset, reason and source record.

    The command never prints what a dead letter holds; dlq show does.

    Example: ledgermind dlq list --reason missing_field

    Exit codes: 0 listed, 4 no broker answers.
    """
    counts: Counter[str] = Counter()
    newest: deque[dlq.Letter] = deque(maxlen=limit)
    for letter, _ in dlq.letters(_kafka(), reason or ()):
        counts[letter.reason] += 1
        newest.append(letter)
        if not limit:  # printed as they come, since there may be any number
            _print(letter, as_json=as_json)
    for letter in newest:
        _print(letter, as_json=as_json)
    if not as_json:
        said = ", ".join(f"{count:,} {name}" for name, count in counts.most_common())
        typer.echo(f"{counts.total():,} dead letters{': ' if said else ''}{said}")


@app.command()
def show(place: Annotated[str, typer.Argument(help="PARTITION/OFFSET, as dlq list prints it.")]) -> None:
    """Print one dead letter as JSON: its headers, its key and its original bytes.

    Example: ledgermind dlq show 3/120

    Exit codes: 0 printed, 1 there is no such dead letter, 2 the argument is wrong, 4 no broker answers.
    """
    try:
        partition, offset = (int(part) for part in place.split("/"))
    except ValueError:
        raise UsageError(f"{place!r} is not PARTITION/OFFSET: write it as dlq list prints it, such as 0/17") from None
    message = dlq.find(_kafka(), partition, offset)
    parts = {"key": message.key(), "value": message.value()}
    shown = {name: None if part is None else part.decode(errors="backslashreplace") for name, part in parts.items()}
    typer.echo(msgspec.json.encode({"headers": read_headers(message.headers()), **shown}).decode())


@app.command()
def requeue(
    reason: Reasons = None,
    every: Annotated[bool, typer.Option("--all", help="All reasons.")] = False,
    note: Note = "",
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Publish dead letters to their topic again, each at most once.

    A dead letter that holds only the beginning of its record is left out.

    ledgermind rollout history --all lists the act.

    Example: ledgermind dlq requeue --reason missing_field --note "producer fixed"

    Exit codes: 0 published, 1 refused, 4 no broker answers.
    """
    if every == bool(reason):
        raise UsageError("choose which dead letters to requeue: --reason REASON (may be repeated), or --all")
    kafka = _kafka()
    acts = ActLog(kafka)
    done = dlq.requeue(kafka, reason or list(DeadLetterReason))
    if done.records:
        names = "all" if every else " ".join(one.value for one in reason or ())
        details = {"records": str(done.records), "reasons": names}
        _write_down(acts, ActKind.REQUEUE, actor=actor, note=note, details=details)
    if as_json:
        typer.echo(msgspec.json.encode({"requeued": done.records, "truncated": done.truncated}).decode())
    else:
        left = f", {done.truncated:,} are cut short and stay" if done.truncated else ""
        typer.echo(f"{done.records:,} records put back onto {TRANSACTIONS.name}{left}")


@app.command()
def resume(
    partition: Annotated[
        list[int] | None, typer.Option("--partition", help="Only this partition of transactions; may be repeated.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list the paused partitions.")] = False,
    note: Note = "",
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Resume partitions that were paused because of too many dead letters.

    ledgermind rollout history --all lists the act.

    Example: ledgermind dlq resume --partition 3 --note "producer fixed"

    Exit codes: 0 resumed, 1 refused, 4 no broker answers.
    """
    kafka, group = _kafka(), read(WorkerSettings).group
    acts = None if dry_run else ActLog(kafka)
    found = dlq.paused(kafka, group=group) if acts is None else dlq.resume(kafka, partition or (), group=group)
    if acts is not None and found:
        places = " ".join(f"{number}/{pause.position}" for number, pause in sorted(found.items()))
        _write_down(acts, ActKind.RESUME, actor=actor, note=note, details={"partitions": places, "group": group})
    for number, pause in sorted(found.items()):
        if as_json:
            line = {"partition": number, "position": pause.position, "reason": pause.reason, "resumed": not dry_run}
            typer.echo(msgspec.json.encode(line).decode())
        else:
            typer.echo(f"partition {number} {'stands' if dry_run else 'goes on'} at {pause.position}  {pause.reason}")
    if not found and not as_json:
        typer.echo("no partition is paused")


def _print(letter: dlq.Letter, *, as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(letter).decode())
    else:
        typer.echo(f"{letter.partition}/{letter.offset}  {letter.reason}  from {letter.source}  {letter.detail}")


def _write_down(acts: ActLog, kind: ActKind, *, actor: str, note: str, details: Mapping[str, str]) -> None:
    reason = note or f"ledgermind dlq {kind}"
    if acts.record(kind, actor=actor or getpass.getuser(), reason=reason, details=details) is None:
        typer.echo("not written down: there is no rollout record yet that it could be linked to", err=True)


def _kafka() -> KafkaSettings:
    kafka = read(KafkaSettings)
    check_topics(kafka, [DEAD_LETTERS, TRANSACTIONS])
    return kafka

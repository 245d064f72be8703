"""``ledgermind simulate``: invented transactions into a file or onto their topic."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from ops.atomic_file import STANDARD, write_whole
from ops.cli.report import Counter, say, say_published
from ops.errors import OpsError
from ops.kafka.rate_limit import pace
from ops.simulation.order import in_order_of_time
from ops.simulation.simulate import Simulated
from ops.simulation.simulate import simulate as invent
from schemas.contracts.topics import FEEDBACK, TRANSACTIONS
from schemas.crosswalks.crosswalk import brands
from schemas.events.feedback import Feedback
from schemas.events.transaction import Transaction
from streams.settings import KafkaSettings, read

if TYPE_CHECKING:
    from ops.kafka.publish import Published

# As ``ledgermind import`` knows them by name.
COLUMNS: Final = (
    "txn_id", "user_id", "account_id", "occurred_at", "amount", "currency", "description", "mcc", "country", "channel",
)  # fmt: skip
STREAM_RATE: Final = 500.0  # transactions a second onto the topic, where no rate is given


class SimulateOptionError(OpsError):
    """Options of simulate that do not go together."""

    exit_code = 2


def simulate(
    *,
    users: Annotated[int, typer.Option(min=1, help="Number of users.")] = 100,
    days: Annotated[int, typer.Option(min=1, help="Number of days from --start.")] = 30,
    seed: Annotated[int, typer.Option(help="The same seed gives the same history.")] = 7,
    start: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"], help="First day, UTC.")
    ] = datetime(2025, 1, 1),  # noqa: DTZ001 (typer gives naive times; made UTC below)
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after this number of transactions.")] = None,
    rate: Annotated[
        float | None,
        typer.Option(help="Records per second; 0, the default for a file, is as fast as possible."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="File to write: .jsonl, .jsonl.gz, or .csv with the true category, for import; - prints it."),
    ] = None,
    labels: Annotated[Path | None, typer.Option(help="File for the labels, with --out.")] = None,
    truth: Annotated[Path | None, typer.Option(help="CSV file for the true categories.")] = None,
    with_labels: Annotated[bool, typer.Option("--with-labels", help="Also publish labels, each at its time.")] = False,
    bootstrap_servers: Annotated[str | None, typer.Option(help="Broker address, without --out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Generate users and their transactions, into a file with --out or onto the topic without it.

    The same seed gives the same history.

    Example: ledgermind simulate --users 100 --days 60 --out past.csv

    Exit codes: 0 done, 2 options do not go together, 4 no broker answers.
    """
    if out is not None and (bootstrap_servers is not None or with_labels):
        raise SimulateOptionError("--out writes a file: leave --bootstrap-servers and --with-labels out")
    if out is None and labels is not None:
        raise SimulateOptionError("--labels needs --out; to publish labels to the topic, use --with-labels")
    people = invent(seed, users=users, start=start.replace(tzinfo=UTC), days=days, brands=brands())
    rows = islice(people, limit) if limit is not None else people
    if out is not None:
        _write(pace(rows, rate=rate or None), out, labels=labels, truth=truth, as_json=as_json)
        return
    kafka = read(KafkaSettings)
    if bootstrap_servers is not None:
        kafka = kafka.model_copy(update={"bootstrap_servers": bootstrap_servers})
    with ExitStack() as stack:
        known = _note_truth(rows, truth, stack)
        events = in_order_of_time(known) if with_labels else (one.transaction for one in known)
        published = _publish(events, kafka, rate=STREAM_RATE if rate is None else rate or None, with_labels=with_labels)
    say_published(published, as_json=as_json)


def _publish(
    events: Iterator[Transaction | Feedback], kafka: KafkaSettings, *, rate: float | None, with_labels: bool
) -> Published:
    from ops.kafka.publish import outgoing_feedback, outgoing_transaction, publish  # noqa: PLC0415 - a file needs no Kafka

    counter = Counter()
    published = publish(
        (outgoing_feedback(event) if isinstance(event, Feedback) else outgoing_transaction(event) for event in events),
        kafka=kafka,
        topics=(TRANSACTIONS, FEEDBACK) if with_labels else (TRANSACTIONS,),
        rate=rate,
        on_progress=counter.show,
    )
    counter.clear()
    return published


def _note_truth(simulated: Iterator[Simulated], truth: Path | None, stack: ExitStack) -> Iterator[Simulated]:
    """Pass rows through, writing the true category of each where a file was asked for."""
    if truth is None:
        yield from simulated
        return
    notes = stack.enter_context(write_whole(truth))
    notes.write(b"txn_id,category\n")
    for one in simulated:
        notes.write(f"{one.transaction.txn_id},{one.category or ''}\n".encode())
        yield one


def _cells(one: Simulated) -> tuple[str, ...]:
    """Return the cells of a transaction, in the order of COLUMNS, and its true category."""
    fields = msgspec.to_builtins(one.transaction)
    return (*(str(fields.get(name) or "") for name in COLUMNS), one.category or "")


def _row(cells: tuple[str, ...]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue().encode()


def _write(
    simulated: Iterator[Simulated], out: Path, *, labels: Path | None, truth: Path | None, as_json: bool
) -> None:
    encode = msgspec.json.Encoder().encode
    as_csv = out.suffix == ".csv"
    written = labelled = 0
    with ExitStack() as stack:
        lines = stack.enter_context(write_whole(out))
        if as_csv:
            lines.write(_row((*COLUMNS, "category")))
        label_lines = stack.enter_context(write_whole(labels)) if labels is not None else None
        for one in _note_truth(simulated, truth, stack):
            lines.write(_row(_cells(one)) if as_csv else encode(one.transaction) + b"\n")
            written += 1
            if label_lines is not None:
                for label in one.labels:
                    label_lines.write(encode(label) + b"\n")
                    labelled += 1
    summary = {"transactions": written, "labels": labelled}
    words = f"{written:,} transactions" + (f", {labelled:,} labels" if labels is not None else "")
    say(words, summary, as_json=as_json, to_stderr=out == STANDARD)


app = typer.Typer(add_completion=False)
app.command()(simulate)

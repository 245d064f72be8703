"""``ledgermind publish``: a user's own CSV replayed onto the topic ``transactions``."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Annotated

import msgspec
import typer

from ops.cli import csv_options
from ops.cli.ask_columns import confirmed
from ops.cli.report import Counter, say_published
from ops.csv_import.cells import RefusedRow
from ops.csv_import.money_moved import MoneyMoved
from ops.csv_import.row import Row
from ops.csv_import.source import read_csv
from ops.errors import OpsError
from ops.kafka.publish import outgoing_transaction
from ops.kafka.publish import publish as send
from schemas.events.transaction import Transaction
from streams.settings import KafkaSettings, read

SHOWN_REFUSALS = 20


class RowsRefusedError(OpsError):
    """Some rows of the file are no transactions; the others were published."""

    exit_code = 3


@dataclass(slots=True)
class _Sieve:
    """Lets transactions through and keeps count of refused rows, showing the first ones."""

    as_json: bool
    refused: int = field(default=0)
    money: MoneyMoved = field(default_factory=MoneyMoved)

    def transactions(self, rows: Iterator[Row | RefusedRow]) -> Iterator[Transaction]:
        for row in rows:
            if isinstance(row, Row):
                self.money.add(row.transaction)
                yield row.transaction
                continue
            self.refused += 1
            if self.as_json:
                number = {"transaction": row.number} if row.number else {}
                typer.echo(msgspec.json.encode({"line": row.line, **number, "refused": row.reason}), err=True)
            elif self.refused <= SHOWN_REFUSALS:
                typer.echo(f"{row.place}: {row.reason}", err=True)
            elif self.refused == SHOWN_REFUSALS + 1:
                typer.echo("… and more; --json names them all", err=True)


@csv_options.with_csv_options
def publish(
    *,
    file: csv_options.File,
    reading: csv_options.Reading,
    rate: Annotated[float | None, typer.Option(help="Transactions per second; without it as fast as possible.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after this number of transactions.")] = None,
    bootstrap_servers: Annotated[
        str | None, typer.Option(help="Broker address; else LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Publish a CSV of transactions; refused rows are named by line, the others go out.

    Example: ledgermind publish mine.csv --map description=Memo,amount=Betrag

    Exit codes: 0 all published, 2 the file or an option is wrong, 3 rows were refused, 4 no broker answers.
    """
    reading = confirmed(file, reading, as_json=as_json)
    rows = read_csv(file, reading.columns, reading.written)
    kafka = read(KafkaSettings)
    if bootstrap_servers is not None:
        kafka = kafka.model_copy(update={"bootstrap_servers": bootstrap_servers})
    sieve, counter = _Sieve(as_json), Counter()
    transactions = islice(sieve.transactions(rows), limit)
    published = send(map(outgoing_transaction, transactions), kafka=kafka, rate=rate, on_progress=counter.show)
    counter.clear()
    csv_options.warn(sieve.money, as_json=as_json)
    say_published(published, refused=sieve.refused, as_json=as_json)
    if sieve.refused:
        raise RowsRefusedError(f"{sieve.refused} rows of {file.name} were refused and not published")


app = typer.Typer(add_completion=False)
app.command()(publish)

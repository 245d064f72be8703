"""``ledgermind features``: materialise the features of recent transactions for training."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from ops.cli.options import AsOf, Dsn, Json, parse_as_of, postgres_dsn
from ops.cli.report import say
from trainer.dataset.features_job import materialise
from trainer.dataset.lexicon import read_vocabulary

app = typer.Typer(add_completion=False)


@app.command()
def features(
    *,
    as_of: AsOf = None,
    days: Annotated[int, typer.Option(min=1, help="Number of days before --as-of.")] = 180,
    everything: Annotated[bool, typer.Option("--everything", help="Also write unchanged rows.")] = False,
    dsn: Dsn = None,
    as_json: Json = False,
) -> None:
    """Compute the features of recent transactions and store them in raw.ml_features.

    The function is the one that serves predictions. Rows that would not change are left alone.

    Example: ledgermind features --days 30

    Exit codes: 0 stored, 9 Postgres does not answer.
    """
    instant = parse_as_of(as_of) or datetime.now(UTC)  # noqa: TID251 - now is what the command means by default
    vocabulary, _ = read_vocabulary()
    run = materialise(postgres_dsn(dsn), as_of=instant, days=days, mcc=vocabulary.mcc, everything=everything)
    summary: dict[str, int | float | str | bool | None] = {
        "rows": run.rows,
        "unchanged": run.unchanged,
        "since": run.since.isoformat(),
        "until": run.until.isoformat(),
    }
    say(str(run), summary, as_json=as_json)

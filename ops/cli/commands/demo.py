"""``ledgermind demo``: the whole of LedgerMind on one machine, with a summary that adds up."""

import time

import msgspec
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from ops.cli.csv_options import parse_reading
from ops.cli.options import Json
from ops.demo.canary import shares
from ops.demo.scenario import Demonstration
from ops.demo.settings import DemoSettings
from ops.demo.stream import Ending
from ops.errors import OpsError
from schemas.environment import unknown_variables
from streams.log import configure

app = typer.Typer()


@app.command()
def demo(as_json: Json = False) -> None:
    """Run the demo on this machine and print a summary.

    The variables DEMO_SECONDS, DEMO_RATE, DEMO_CSV, BROKER and ML_DEPLOY_GATE change the run; README.md describes
    them.

    Example: DEMO_RATE=200 ledgermind demo

    Exit codes: 0 the summary adds up, 1 it does not or a program failed.
    """
    started_at = time.monotonic()
    configure(program="demo", worker="demo", level="error")
    console = Console(highlight=False, soft_wrap=True, stderr=as_json)
    settings = _settings()
    written = parse_reading(settings.reading).written
    told = Demonstration(settings, say=console.print, written=written).run()
    seconds = time.monotonic() - started_at
    if as_json:
        typer.echo(msgspec.json.encode(_document(told, seconds=seconds)).decode())
    else:
        console.print(_table(told, seconds=seconds))
    if not told.counts.adds_up:
        raise OpsError("the summary does not add up: transactions are lost or doubled; see .ledgermind/demo/worker.log")


def _settings() -> DemoSettings:
    faults = unknown_variables()
    try:
        settings = DemoSettings()
    except ValidationError as error:
        faults += [f"{fault['loc'][0]}: {fault['msg'].lower()}" for fault in error.errors(include_url=False)]
    if faults:
        raise OpsError("; ".join(faults))
    return settings


def _document(told: Ending, *, seconds: float) -> dict[str, object]:
    """Return the summary as one document; progress is told on stderr."""
    return {
        "adds_up": told.counts.adds_up,
        "counts": told.counts,
        "streamed": told.quality,
        "past_included": told.whole,
        "gate": told.learned.gate_line,
        "p95_seconds": told.p95_seconds,
        "streamed_per_second": told.streamed_per_second,
        "followed_seconds": told.followed_seconds,
        "rollout": {
            "version": told.rollout[-1].version,
            "percents": [record.percent for record in told.rollout],
            "reason": told.rollout[-1].reason,
        },
        "seconds": seconds,
    }


def _table(told: Ending, *, seconds: float) -> Table:
    counts, quality, whole = told.counts, told.quality, told.whole
    table = Table("what", "how much", title="Summary", title_justify="left")
    table.add_row("transactions", f"{counts.transactions:,}")
    table.add_row("= suggestions + dead letters", f"{counts.suggestions:,} + {counts.dead_letters:,}")
    table.add_row("lost / duplicated", f"{counts.lost} / {counts.duplicated}")
    for source in ("model", "rules", "fallback", "none"):
        table.add_row(f"streamed: served by {source}", f"{quality.served.get(source, 0):,}")
    table.add_row("model coverage (accepted of asked)", _percent(quality.coverage))
    table.add_row("model's accepted answers right", _percent(quality.model_precision))
    table.add_row("rules right where they answer", f"{_percent(quality.rules_accuracy)} of {quality.rules_answers:,}")
    table.add_row("  the past included", f"{_percent(whole.rules_accuracy)} of {whole.rules_answers:,}")
    table.add_row("rules coverage, the past included", _percent(whole.rules_coverage))
    table.add_row("served answers right", _percent(quality.served_precision))
    table.add_row("agreement of rules and model", _percent(quality.agreement))
    table.add_row(
        "model macro-F1 on what was streamed",
        "-"
        if quality.macro_f1 is None
        else f"{quality.macro_f1:.3f} over {quality.macro_f1_classes} categories, {quality.macro_f1_rows:,} rows",
    )
    table.add_row("gate", told.learned.gate_line)
    table.add_row("model latency p95", "-" if told.p95_seconds is None else f"≤ {told.p95_seconds * 1_000:.0f} ms")
    table.add_row("streamed at", f"{told.streamed_per_second:,.0f}/s")
    table.add_row("shadow followed after", f"{told.followed_seconds:.2f} s")
    table.add_row("canary", shares(told.rollout))
    table.add_row("last rollout record", f"version {told.rollout[-1].version}: {told.rollout[-1].reason}")
    table.add_row("took", f"{seconds:.0f} s")
    return table


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"

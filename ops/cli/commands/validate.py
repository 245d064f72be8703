"""``ledgermind validate``: tells a producer what would happen to each line of a file."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from ops.atomic_file import read_bytes
from ops.kafka.validate import Verdict, judge_lines


def validate(
    *,
    file: Annotated[
        Path, typer.Argument(help="File with one JSON transaction per line, also .gz; - reads standard input.")
    ],
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only refused lines.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one object per line, the summary last.")] = False,
) -> None:
    """Check each line of a file as a worker would: accepted, or the reason of its dead letter.

    Blank lines are skipped.

    Example: ledgermind validate transactions.jsonl

    Exit codes: 0 every line is accepted, 1 a line is refused, 2 the file cannot be read.
    """
    reasons: Counter[str] = Counter()
    accepted = 0
    with read_bytes(file) as lines:
        for verdict in judge_lines(lines):
            if verdict.fault is None:
                accepted += 1
            else:
                reasons[verdict.fault.reason.value] += 1
            if verdict.fault is not None or not quiet:
                typer.echo(_line(verdict, as_json=as_json))
    refused = sum(reasons.values())
    if as_json:
        typer.echo(msgspec.json.encode({"accepted": accepted, "dead_letters": dict(sorted(reasons.items()))}))
    else:
        typer.echo(f"{accepted:,} accepted, {refused:,} dead letters")
        for reason, count in reasons.most_common():
            typer.echo(f"  {count:>8,}  {reason}")
    raise typer.Exit(1 if refused else 0)


def _line(verdict: Verdict, *, as_json: bool) -> str:
    fault = verdict.fault
    if as_json:
        outcome = {"line": verdict.line, "outcome": "dead_letter" if fault else "accepted"}
        if fault is not None:
            outcome |= {"reason": fault.reason.value, "detail": fault.detail}
        return msgspec.json.encode(outcome).decode()
    if fault is None:
        return f"{verdict.line}: accepted"
    return f"{verdict.line}: dead letter {fault.reason.value} ({fault.detail})"


app = typer.Typer(add_completion=False)
app.command()(validate)

"""``ledgermind doctor``: says what is there, what is missing and what to do."""

import json
from dataclasses import asdict
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ops.local.doctor import Diagnosis, ails, examine
from ops.local.finding import State

COLOURS: Final = {State.OK: "green", State.MISSING: "yellow", State.BROKEN: "red"}
PIPE_WIDTH: Final = 160  # where nobody's terminal says how wide a line may be


def doctor(*, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Check this machine: what is installed, what is missing, and how to fix it.

    Example: ledgermind doctor

    Exit codes: 0 everything required is there, 1 something required is missing or broken.
    """
    diagnoses = examine()
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in diagnoses], indent=2, ensure_ascii=False))
    else:
        _show(diagnoses)
    raise typer.Exit(1 if ails(diagnoses) else 0)


def _show(diagnoses: list[Diagnosis]) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=PIPE_WIDTH)
    table = Table("", "state", "needed", "found", "what to do")
    for one in diagnoses:
        state = f"[{COLOURS[one.state]}]{one.state}[/]"
        table.add_row(one.name, state, "yes" if one.is_required else "no", escape(one.found), escape(one.mend))
    console.print(table)
    sick = ails(diagnoses)
    if sick:
        console.print(f"needed and not well: {', '.join(one.name for one in sick)}")
    else:
        console.print("everything that is needed is there")


app = typer.Typer(add_completion=False)
app.command()(doctor)

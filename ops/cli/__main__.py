"""Cli: the command ``ledgermind``; a command's module is imported when it is asked for, so doctor works everywhere."""

import importlib
import os
import sys
from typing import Final

import typer
from typer._click.core import Command, Context  # typer carries its own click and shows it nowhere else
from typer.core import TyperCommand, TyperGroup

from ops.errors import OpsError

# name → module, one line of help
COMMANDS: Final = {
    "demo": (
        "ops.cli.commands.demo",
        "See it work on this machine: broker, Postgres, worker, live numbers, a summary.",
    ),
    "doctor": ("ops.cli.commands.doctor", "Say what is there, what is missing and what to do."),
    "worker": ("ops.cli.commands.worker", "Run scoring workers under a parent that restarts them."),
    "landing": ("ops.cli.commands.landing", "Land every topic in the warehouse."),
    "topics": ("ops.cli.commands.topics", "Create or check the topics."),
    "validate": ("ops.cli.commands.validate", "Say for each line of a file what would become of it."),
    "publish": ("ops.cli.commands.publish", "Replay a CSV onto the topic transactions."),
    "simulate": ("ops.cli.commands.simulate", "Make transactions of simulated users."),
    "import": ("ops.cli.commands.import_", "Load a CSV of transactions and labels into the warehouse."),
    "warehouse": ("ops.cli.commands.warehouse", "Migrate Postgres, run dbt, look at freshness."),
    "features": ("ops.cli.commands.features", "Materialise features for training."),
    "train": ("ops.cli.commands.train", "Train, calibrate, gate and write a release."),
    "retrain": (
        "ops.cli.commands.retrain",
        "From the newest data to a challenger in shadow, or to the reason why not.",
    ),
    "verify-calibrator": (
        "ops.cli.commands.verify_calibrator",
        "Check a release: 0 fine, 1 broken, 2 nothing to verify.",
    ),
    "status": ("ops.cli.commands.status", "List the releases and what their gates said."),
    "registry": ("ops.cli.commands.registry", "List, promote and remove releases; go back to the one before."),
    "predict": ("ops.cli.commands.predict", "Ask a release about one transaction."),
    "smoke": ("ops.cli.commands.smoke", "Ask the newest release and the running worker about an example."),
    "evaluate": ("ops.cli.commands.evaluate", "Compare a release with the labels that it has not learned."),
    "thresholds": ("ops.cli.commands.thresholds", "Show the thresholds in force, per category."),
    "rules": ("ops.cli.commands.rules", "Check, test, explain and measure rule sets."),
    "vocabulary": ("ops.cli.commands.vocabulary", "Make the brand vocabulary anew."),
    "rollout": ("ops.cli.commands.rollout", "Look at the rollout record, and append to it."),
    "replay": ("ops.cli.commands.replay", "Score a past window again: the same events, or what if."),
    "dlq": ("ops.cli.commands.dlq", "Look at dead letters, put them back, and end pauses."),
    "dashboards": ("ops.cli.commands.dashboards", "Bring the dashboards into a Grafana of your own."),
    "alerts": ("ops.cli.commands.alerts", "Say where alerts are sent to."),
    "schemas": ("ops.cli.commands.schemas", "Write the JSON Schemas and the AsyncAPI page."),
}


class LazyCommands(TyperGroup):
    """Imports a command's module when it is looked up."""

    def list_commands(self, ctx: Context) -> list[str]:
        """Return every name, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Return the command, with the table's line as its short help."""
        if cmd_name not in COMMANDS:
            return None
        module, summary = COMMANDS[cmd_name]
        if ctx.resilient_parsing or "--help" in sys.argv[1:2] or len(sys.argv) == 1:
            return TyperCommand(cmd_name, help=summary, short_help=summary)
        from streams.log import configure  # noqa: PLC0415 - help speaks without it

        configure(program="ledgermind", worker="", level="debug" if "--debug" in sys.argv[1:2] else "error")
        command = typer.main.get_command(importlib.import_module(module).app)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=LazyCommands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # importing rich takes longer than all else that the list of commands needs
)


@app.callback()
def root(debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error.")) -> None:
    """LedgerMind: spending-category suggestions for a stream of transactions."""


def main() -> None:
    """Run one command; an error is one line that says what to do, never a traceback unless --debug."""
    debug = "--debug" in sys.argv[1:2]
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except Exception as error:
        if debug:
            raise
        sys.exit(_report(error))


def _report(error: Exception) -> int:
    """Print an error in one line and return the exit code; what we did not foresee says how to see more."""
    code = getattr(error, "exit_code", None)
    if isinstance(error, OpsError) or isinstance(code, int):
        line = str(error)
    elif (missing := _remedy(error)) is not None:
        line, code = missing, 1
    else:
        line = f"{type(error).__name__}: {error} (run ledgermind --debug … for the traceback, and please report it)"
        code = 70
    print(f"ledgermind: {' '.join(line.split())}", file=sys.stderr)  # noqa: T201
    return int(code or 1)


def _remedy(error: Exception) -> str | None:
    """Return what makes what a query did not find, None for other errors; asked only where Postgres is in use."""
    if not type(error).__module__.startswith("psycopg"):
        return None
    from ops.warehouse.missing_relation import remedy  # noqa: PLC0415 - most commands need no Postgres

    return remedy(error)


if __name__ == "__main__":
    main()

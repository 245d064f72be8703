"""Cli: the command ``ledgermind``; a command's module is imported when it is asked for, so doctor works everywhere."""

import importlib
import os
import sys
from importlib.metadata import version
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from ops.errors import OpsError, UsageError

_DEBUG: Final = "--debug"
_VERSION: Final = "--version"
_TAXONOMY: Final = "--taxonomy"

# name → module, one line of help
COMMANDS: Final = {
    "up": ("ops.cli.commands.up", "Run everything on this machine until ctrl-C, with data of your own or simulated."),
    "demo": (
        "ops.cli.commands.demo",
        "Run everything on this machine for six minutes and print a summary.",
    ),
    "doctor": ("ops.cli.commands.doctor", "Check this machine: what is installed, what is missing, how to fix it."),
    "worker": ("ops.cli.commands.worker", "Run scoring workers and restart those that exit."),
    "landing": ("ops.cli.commands.landing", "Copy every topic into Postgres."),
    "topics": ("ops.cli.commands.topics", "Create, check and change the topics."),
    "mapping": ("ops.cli.commands.mapping", "Check, explain or propose a mapping of records to Transactions."),
    "validate": ("ops.cli.commands.validate", "Check each line of a file as a worker would."),
    "publish": ("ops.cli.commands.publish", "Publish the transactions of a CSV file to Kafka."),
    "simulate": ("ops.cli.commands.simulate", "Generate transactions of simulated users."),
    "import": ("ops.cli.commands.import_", "Load a CSV of transactions and labels into the warehouse."),
    "warehouse": ("ops.cli.commands.warehouse", "Migrate Postgres, run dbt, measure freshness."),
    "features": ("ops.cli.commands.features", "Compute the features that a training reads."),
    "train": ("ops.cli.commands.train", "Train, calibrate and evaluate a model, and write a release."),
    "retrain": (
        "ops.cli.commands.retrain",
        "Run every step from new data to a challenger in shadow mode.",
    ),
    "verify-calibrator": (
        "ops.cli.commands.verify_calibrator",
        "Check the files and the calibration of a release.",
    ),
    "status": ("ops.cli.commands.status", "List the releases and their gate results."),
    "registry": ("ops.cli.commands.registry", "List, promote, roll back and remove releases."),
    "predict": ("ops.cli.commands.predict", "Predict the category of one transaction."),
    "smoke": ("ops.cli.commands.smoke", "Ask the newest release and the running worker for one prediction."),
    "evaluate": ("ops.cli.commands.evaluate", "Compare a release with labels that it has not learnt."),
    "thresholds": ("ops.cli.commands.thresholds", "Show the confidence thresholds per category."),
    "rules": ("ops.cli.commands.rules", "Check, test, explain and measure rule sets."),
    "vocabulary": ("ops.cli.commands.vocabulary", "Build the list of brand names."),
    "rollout": ("ops.cli.commands.rollout", "Show and change which users a release serves."),
    "feedback": ("ops.cli.commands.feedback", "Accept, reject and correct suggestions, and label transactions."),
    "labels": ("ops.cli.commands.labels", "Find the merchants that are worth a label next, and label them."),
    "hint": ("ops.cli.commands.hint", "Set, list, remove and propose the hints of users."),
    "forget": ("ops.cli.commands.forget", "Erase a user from the warehouse and take the user's hints back."),
    "replay": ("ops.cli.commands.replay", "Score past transactions again and compare the events."),
    "dlq": ("ops.cli.commands.dlq", "List and requeue dead letters, and resume paused partitions."),
    "dashboards": ("ops.cli.commands.dashboards", "Import the dashboards into your Grafana."),
    "console": ("ops.cli.commands.console", "Serve a read-only web page of the rollout."),
    "alerts": ("ops.cli.commands.alerts", "Write the Alertmanager configuration."),
    "taxonomy": ("ops.cli.commands.taxonomy", "Begin, check, compare and map a file of your own categories."),
    "schemas": ("ops.cli.commands.schemas", "Write the JSON Schemas and the AsyncAPI document."),
}


class LazyCommands(TyperGroup):
    """Imports a command's module when it is looked up."""

    def list_commands(self, ctx: Any) -> list[str]:  # typer has no public name for these types
        """Return every name, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command, with the table's line as its short help."""
        if cmd_name not in COMMANDS:
            return None
        module, summary = COMMANDS[cmd_name]
        if ctx.resilient_parsing or "--help" in sys.argv[1:2] or len(sys.argv) == 1:
            return TyperCommand(cmd_name, help=summary, short_help=summary)
        from streams.log import configure  # noqa: PLC0415 - help speaks without it

        configure(program="ledgermind", worker="", level="debug" if _DEBUG in sys.argv else "error")
        command = typer.main.get_command(importlib.import_module(module).app)
        command.name = cmd_name
        return _plain(command)


def _plain(command: Any) -> Any:
    """Return a command whose help, and that of its subcommands, is plain text: importing rich takes longer."""
    command.rich_markup_mode = None
    commands = getattr(command, "commands", {})
    for child in getattr(commands, "made", commands).values():  # what is not imported yet is made plain then
        _plain(child)
    return command


app = typer.Typer(
    cls=LazyCommands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # importing rich takes longer than all else that the list of commands needs
)


@app.callback()
def root(
    debug: bool = typer.Option(False, _DEBUG, help="Show the traceback of an error."),
    show_version: bool = typer.Option(False, _VERSION, help="Print the version and exit."),
    taxonomy: str = typer.Option("", _TAXONOMY, metavar="FILE", help="Use the categories of this file."),
) -> None:
    """LedgerMind suggests a spending category for each transaction of a stream."""


def main() -> None:
    """Run one command; an error is one line that says what to do, never a traceback unless --debug.

    --debug and --taxonomy are understood at any place of the line, --version at its end.
    """
    if sys.argv[-1] == _VERSION:  # elsewhere it is an option of a command, and a value follows
        print(f"ledgermind {version('ledgermind')}")  # noqa: T201
        return
    debug = _DEBUG in sys.argv
    # Of programs started from here: a folder's own `ops` or `schemas` is not ours.
    os.environ.update({"PYTHONSAFEPATH": "1"})
    try:
        sys.argv[1:] = choose_taxonomy(sys.argv[1:])
        app(args=[word for word in sys.argv[1:] if word != _DEBUG])
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except Exception as error:
        if debug:
            raise
        sys.exit(_report(error))


def choose_taxonomy(words: list[str]) -> list[str]:
    """Return the words without --taxonomy FILE, which the environment says from here on, also to programs we start.

    The categories are fixed when a command's module is imported, so this comes first; raises UsageError.
    """
    rest: list[str] = []
    places = iter(words)
    for word in places:
        option, equals, file = word.partition("=")
        if option != _TAXONOMY:
            rest.append(word)
            continue
        file = file if equals else next(places, "")
        if not file:
            raise UsageError(f"{_TAXONOMY} needs a file: {_TAXONOMY} FILE")
        os.environ["LEDGERMIND_TAXONOMY"] = file
    if next((word for word in rest if not word.startswith("-")), "") == "taxonomy":
        # It judges taxonomies as files, and the default rules answer in their own categories.
        os.environ.pop("LEDGERMIND_TAXONOMY", None)
    if named := os.environ.get("LEDGERMIND_TAXONOMY"):  # a program that we start may have another working folder
        os.environ["LEDGERMIND_TAXONOMY"] = os.path.abspath(named)  # noqa: PTH100 - resolve() follows links, and may raise
    return rest


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

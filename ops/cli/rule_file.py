"""Rule file: which one a command means, and the engine made of it or the refusal."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from ops.errors import OpsError
from rules.engine import RuleEngine
from rules.errors import RulesError
from rules.load import expand, load_rules, read_ruleset
from rules.ruleset import Ruleset

RuleFile = Annotated[Path | None, typer.Argument(help="Rule file; else the default rule set.")]
RulesFile = Annotated[
    Path | None, typer.Option("--rules", help="Rule file; else the default rule set.", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class RulesRefusedError(OpsError):
    """A rule set does not hold what is asked of it."""


def read_rules(file: Path | None) -> tuple[Ruleset, RuleEngine]:
    """Return the rules as written and the engine that knows the crosswalks, too; raises RulesError."""
    ruleset, version = read_ruleset(file)
    return ruleset, RuleEngine(expand(ruleset), version=version)


def load_engine(file: Path | None, *, about: str | None = None) -> RuleEngine:
    """Return the engine of a rule file, or of what it says about one description; raises RulesRefusedError."""
    try:
        return load_rules(file, about=about)
    except RulesError as error:
        raise RulesRefusedError(str(error)) from error


def print_json(summary: object) -> None:
    """Print a summary as one JSON object."""
    typer.echo(msgspec.json.encode(summary).decode())

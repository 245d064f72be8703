"""A group's subcommands are imported when they are asked for, and look as if they had been there from the start."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from ops.cli.lazy_group import lazy_group

OTHER = "a_command_of_the_lazy_group"


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[typer.Typer]:
    (tmp_path / f"{OTHER}.py").write_text('def later() -> None:\n    """Come later."""\n    print("later")\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    places = {"later": f"{OTHER}:later", "doctor": "ops.cli.commands.doctor:doctor"}
    made = typer.Typer(cls=lazy_group(places), no_args_is_help=True, rich_markup_mode=None)

    @made.command()
    def first() -> None:
        """Say so."""
        typer.echo("said")

    @made.callback()
    def group() -> None:
        """Hold them."""

    yield made
    sys.modules.pop(OTHER, None)


def test_a_command_that_is_there_runs_without_the_others(app: typer.Typer) -> None:
    assert CliRunner().invoke(app, ["first"]).stdout == "said\n"
    assert OTHER not in sys.modules


def test_one_that_comes_later_runs_and_its_sibling_is_not_imported_for_it(app: typer.Typer) -> None:
    shown = CliRunner().invoke(app, ["doctor", "--help"])
    assert "doctor [OPTIONS]" in shown.stdout
    assert OTHER not in sys.modules
    assert CliRunner().invoke(app, ["later"]).stdout == "later\n"


def test_help_of_the_group_has_a_line_of_every_command(app: typer.Typer) -> None:
    lines = [line.split(maxsplit=1) for line in CliRunner().invoke(app, ["--help"]).stdout.splitlines()]
    assert ["first", "Say so."] in lines
    assert ["later", "Come later."] in lines


def test_names_are_listed_in_order_and_known_without_an_import(app: typer.Typer) -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # of a group
    assert list(commands) == ["first", "later", "doctor"]
    assert "later" in commands
    assert "never" not in commands
    assert OTHER not in sys.modules


def test_a_command_that_there_is_not_is_refused_by_its_name(app: typer.Typer) -> None:
    refused = CliRunner().invoke(app, ["never"])
    assert refused.exit_code == 2
    assert "never" in refused.output
    assert "Traceback" not in refused.output

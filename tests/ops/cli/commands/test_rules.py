"""``ledgermind rules`` says what it found, and how it ended."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops.cli.commands.rules import app
from ops.cli.rule_file import RulesRefusedError

RULES = (
    'name: mine\nversion: "1.0"\nrules:\n  - {id: till, category: Cash, when: {merchant: till}, examples: [TILL 12]}\n'
)
HISTORY = (
    "occurred_at,amount,description,category\n"
    "2024-05-01,-1.00,TILL 1,Cash\n"
    "2024-05-02,-2.00,TILL 2,Dining\n"
    "2024-05-03,-3.00,OTHER,Dining\n"
)


@pytest.fixture
def rules_file(tmp_path: Path) -> Path:
    file = tmp_path / "mine.yml"
    file.write_text(RULES)
    return file


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


def test_check_names_the_version_and_how_many_rules(rules_file: Path) -> None:
    assert json.loads(run("check", rules_file, "--json"))["rules"] == 1


def test_check_refuses_nonsense(rules_file: Path) -> None:
    rules_file.write_text(RULES.replace("Cash", "Money"))
    with pytest.raises(RulesRefusedError, match="1 error;"):
        run("check", rules_file)


def test_check_refuses_a_conflict(rules_file: Path) -> None:
    rules_file.write_text(RULES + "  - {id: other, category: Dining, when: {merchant: till}}\n")
    with pytest.raises(RulesRefusedError, match="2 conflicts"):
        run("check", rules_file)


def test_test_runs_the_examples(rules_file: Path) -> None:
    assert json.loads(run("test", rules_file, "--json"))["failures"] == []
    rules_file.write_text(RULES.replace("TILL 12", "SHOP 12"))
    with pytest.raises(RulesRefusedError, match="1 of 1 examples"):
        run("test", rules_file)


def test_explain_says_what_else_would_have_answered() -> None:
    said = json.loads(run("explain", "TESCO PFS 4203", "--mcc", "5411", "--json"))
    assert said["norm_desc"] == "tesco pfs"
    assert said["answer"]["category"] == "Fuel & Auto"
    assert {candidate["category"] for candidate in said["outranked"]} == {"Groceries"}


def test_explain_refuses_what_a_worker_would_refuse() -> None:
    with pytest.raises(RulesRefusedError, match="amount"):
        run("explain", "TESCO", "--amount", "lots")


def test_coverage_counts_answers_and_how_many_are_right(rules_file: Path, tmp_path: Path) -> None:
    history = tmp_path / "history.csv"
    history.write_text(HISTORY)
    said = json.loads(run("coverage", history, "--rules", rules_file, "--json"))
    assert (said["transactions"], said["coverage"], said["accuracy"]) == (3, 2 / 3, 0.5)

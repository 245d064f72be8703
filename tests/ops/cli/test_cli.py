"""The command line imports what a command needs, and nothing heavier."""

import subprocess
import sys
from pathlib import Path

import pytest

from ops.cli.__main__ import COMMANDS
from tests.conftest import ROOT, Run

KAFKA = {
    "console",
    "demo",
    "dlq",
    "feedback",
    "forget",
    "hint",
    "labels",
    "publish",
    "replay",
    "rollout",
    "thresholds",
    "topics",
    "smoke",
}
HEAVY = ("confluent_kafka", "faust", "lightgbm", "sklearn")
LIBRARIES = ("dbt", "numpy", "onnx", "onnxruntime", "pandas", "psycopg", "scipy")
READERS = ("ops.csv_import.source",)  # of files: with the formats of banks as long as a library
LOADED = "print(sorted(set(sys.modules) & set(sys.argv[1].split(','))))"


def imported(script: str, *, watched: tuple[str, ...], directory: Path) -> str:
    """Run a script in a fresh process and return which of the watched modules it had imported at its end."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{script}\n{LOADED}", ",".join(watched)],
        capture_output=True,
        text=True,
        check=True,
        cwd=directory,
        env={"PYTHONPATH": str(ROOT)},
    )
    return done.stdout.splitlines()[-1]


def run_of(*arguments: str) -> str:
    """Return a script that runs a command in its own process and outlives it."""
    return f"""
from ops.cli.__main__ import main
watched, sys.argv = sys.argv[1], ["ledgermind", *{arguments!r}]
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
sys.argv = ["", watched]"""


def test_a_command_that_needs_no_kafka_imports_none_and_only_training_imports_what_trains(tmp_path: Path) -> None:
    without_kafka = [module for name, (module, _) in COMMANDS.items() if name not in KAFKA | {"train", "retrain"}]
    assert imported(f"import {', '.join(without_kafka)}", watched=HEAVY, directory=tmp_path) == "[]"
    with_kafka = [COMMANDS[name][0] for name in sorted(KAFKA)]
    script = f"import {', '.join(with_kafka)}"
    assert imported(script, watched=HEAVY, directory=tmp_path) == "['confluent_kafka']"
    training = f"import {COMMANDS['train'][0]}"
    assert imported(training, watched=HEAVY[:3], directory=tmp_path) == "[]"


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        pytest.param(["--help"], "", id="help"),
        pytest.param(["status", "--json"], "", id="status"),
        pytest.param(["registry", "list", "--json"], "", id="registry list"),
        pytest.param(["registry", "promote", "--help"], "", id="help of registry promote"),
        pytest.param(["rules", "explain", "SQ *CAFE LUNA BERLIN"], "", id="rules explain"),
        pytest.param(["rules", "explain", "--help"], "", id="help of rules explain"),
        pytest.param(["validate", "x.csv", "--quiet"], "ops.csv_import.source", id="validate"),
        pytest.param(["simulate", "--users", "1", "--days", "1", "--out", "y.jsonl"], "", id="simulate into a file"),
    ],
)
def test_a_light_command_stays_light_while_it_runs(tmp_path: Path, arguments: list[str], needed: str) -> None:
    (tmp_path / "x.csv").write_text("occurred_at,amount,description\n2024-03-01,-1.00,RENT\n")
    watched = (*HEAVY, *LIBRARIES, *READERS)
    loaded = imported(run_of(*arguments), watched=watched, directory=tmp_path)
    assert loaded == str([needed] if needed else [])


def test_a_subcommand_does_not_wait_for_what_the_others_of_its_group_import(tmp_path: Path) -> None:
    script = run_of("rollout", "verify", "--help")
    others = ("ops.cli.commands.backtest", "ops.cli.commands.rollout_set", "ops.rollout.challenger", "onnxruntime")
    assert imported(script, watched=others, directory=tmp_path) == "[]"
    whole = imported(run_of("rollout", "--help"), watched=others[:2], directory=tmp_path)
    assert whole == str(sorted(others[:2]))  # all are asked for their line: the names above are spelt right


def test_the_list_of_commands_needs_no_settings_no_logging_and_no_rich(tmp_path: Path) -> None:
    assert imported(run_of("--help"), watched=("rich", "structlog", "pydantic"), directory=tmp_path) == "[]"


def test_help_names_every_command_with_its_whole_line(ledgermind: Run) -> None:
    shown = ledgermind("--help").stdout
    words = " ".join(shown.split())
    assert [name for name, (_, line) in COMMANDS.items() if f"{name} {line}" not in words] == []

"""Each import contract is seen to break: a forbidden import in a copy of the code turns exactly its contract red."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = ("schemas", "rules", "scorer", "streams", "trainer", "ops", "ledgermind")
LAYERS = "The layers: ops over programs over libraries over contracts"
PURE = "Pure folders do no I/O and know no clock, randomness or environment"
ACYCLIC = "No folder imports in a circle: siblings, at every depth"
INDEPENDENT = "The model and the rollout's judge do not know each other"
DEMO = "Only the demo and its command import the demo"
ONE_WAY = "A batch goes one way: programs over sink, source and scoring"
CONTRACTS = (LAYERS, PURE, ACYCLIC, INDEPENDENT, ONE_WAY, DEMO)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the packages and of the contracts."""
    folder = tmp_path_factory.mktemp("layers")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "target"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def verdicts(folder: Path) -> dict[str, str]:
    """Return what the linter says of each contract."""
    script = (
        "import sys; sys.path.insert(0, ''); from importlinter.cli import lint_imports_command; lint_imports_command()"
    )
    command = [sys.executable, "-P", "-c", script, "--no-cache"]
    said = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout
    return dict(re.findall(r"^\s*(.+?) (KEPT|BROKEN)(?: \(\d+ ignored imports?\))?\s*$", said, re.MULTILINE))


def test_as_it_stands_every_contract_is_kept(copy: Path) -> None:
    assert verdicts(copy) == dict.fromkeys(CONTRACTS, "KEPT")


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        pytest.param("schemas/contracts/topics.py", "import rules.engine", LAYERS, id="a contract imports a library"),
        pytest.param("rules/engine.py", "import scorer.errors", LAYERS, id="a library imports its neighbour"),
        pytest.param("scorer/release/registry.py", "import streams.log", LAYERS, id="a library imports a program"),
        pytest.param("streams/log.py", "import trainer.errors", LAYERS, id="a program imports its neighbour"),
        pytest.param("trainer/errors.py", "import ops.errors", LAYERS, id="a program imports the command line"),
        pytest.param("scorer/serving/decide.py", "import time", PURE, id="a decision knows a clock"),
        pytest.param("streams/process/pipeline.py", "import confluent_kafka", PURE, id="the pipeline knows Kafka"),
        pytest.param("rules/engine.py", "import random", PURE, id="the engine draws random numbers"),
        pytest.param("trainer/evaluation/gate.py", "import os", PURE, id="the gate reads the environment"),
        pytest.param("trainer/errors.py", "import trainer.run", ACYCLIC, id="a program's folders in a circle"),
        pytest.param("rules/errors.py", "import rules.parser.ruleset", ACYCLIC, id="a library's folders in a circle"),
        pytest.param(
            "scorer/model/thresholds.py", "import scorer.rollout.rates", INDEPENDENT, id="the model knows the judge"
        ),
        pytest.param(
            "scorer/rollout/rates.py", "import scorer.model.arrays", INDEPENDENT, id="the judge knows the model"
        ),
        pytest.param("streams/kafka/lag.py", "import streams.process.codec", ONE_WAY, id="the broker's side scores"),
        pytest.param("ops/site/pages.py", "import ops.demo.settings", DEMO, id="the docs site imports the demo"),
    ],
)
def test_a_forbidden_import_breaks_its_contract_and_no_other(copy: Path, module: str, line: str, broken: str) -> None:
    file = copy / module
    before = file.read_text()
    file.write_text(f"{before}\n{line}\n")
    try:
        assert verdicts(copy) == {name: "BROKEN" if name == broken else "KEPT" for name in CONTRACTS}
    finally:
        file.write_text(before)

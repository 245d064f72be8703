"""Prometheus' rules: they name only what is exported, no empty denominator is papered over, and promtool says yes."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT

FOLDER = ROOT / "ops" / "prometheus"
RULES = sorted((FOLDER / "rules").glob("*.yml"))
METRIC = re.compile(r"\b(?:lm|dbt)_[a-z0-9_]+")
SUFFIX = re.compile(r"_(bucket|sum|count)$")


def expressions(file: Path) -> list[str]:
    return [rule["expr"] for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]]


@pytest.fixture(scope="module")
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("rules are checked by promtool, which is not on the PATH")
    return found


@pytest.mark.parametrize("file", RULES, ids=lambda file: file.stem)
def test_a_rule_names_only_what_some_program_exports(file: Path) -> None:
    page = set(re.findall(r"^\| `([a-z0-9_]+)` \|", (ROOT / "docs" / "METRICS.md").read_text(), re.MULTILINE))
    named = {name for expression in expressions(file) for name in METRIC.findall(expression)}
    assert named
    assert {name for name in named if name not in page and SUFFIX.sub("", name) not in page} == set()


@pytest.mark.parametrize("file", RULES, ids=lambda file: file.stem)
def test_an_empty_denominator_is_no_data_and_never_one(file: Path) -> None:
    for expression in expressions(file):
        assert "clamp" not in expression
        for denominator in re.findall(r"\n/ (.+)", expression):
            assert denominator.startswith("(")
            assert denominator.endswith("> 0)")


@pytest.mark.parametrize("file", RULES, ids=lambda file: file.stem)
def test_promtool_takes_every_file_and_its_own_cases_hold(promtool: str, file: Path) -> None:
    cases = FOLDER / "tests" / file.name
    assert cases.exists(), f"{file.name} has no cases beside it"
    for words in (["check", "rules", str(file)], ["test", "rules", str(cases)]):
        done = subprocess.run([promtool, *words], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

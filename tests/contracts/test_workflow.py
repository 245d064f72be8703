"""The workflow: it calls what there is, the pipeline above all, and what it publishes is what the targets write."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from ops.site.__main__ import SITE
from tests.conftest import ROOT
from tests.contracts.test_commands import fault
from tests.repository.workflows import lint

WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "ml.yml").read_text())
STEPS = WORKFLOW["jobs"]["pipeline"]["steps"]
RUNS = "\n".join(step.get("run", "") for step in STEPS)
RULES = re.findall(r"^([a-z0-9 -]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
TARGETS = [target for rule in RULES for target in rule.split()]


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake ([a-z0-9-]+)", RUNS))))
def test_a_target_that_the_workflow_makes_exists(target: str) -> None:
    assert target in TARGETS


@pytest.mark.parametrize("command", sorted(set(re.findall(r"\.venv/bin/(ledgermind [^\n|&;]*)", RUNS))))
def test_a_command_of_the_workflow_exists(command: str) -> None:
    assert fault(re.sub(r'"\$\([^)]*\)"', "x", command)) is None


def test_the_pipeline_comes_after_freshness_which_only_warns() -> None:
    names = [step.get("name", "") for step in STEPS]
    assert names.index("Freshness warns") < names.index("Features, tests, training, verification, gate")
    freshness = next(step["run"] for step in STEPS if step.get("name") == "Freshness warns")
    assert "if ! make dbt-freshness" in freshness
    assert "::warning" in freshness


def test_it_runs_weekly_and_by_hand_and_writes_nothing_but_the_page() -> None:
    triggers = WORKFLOW[True]  # YAML 1.1 reads «on» as true
    assert set(triggers) == {"schedule", "workflow_dispatch"}
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert WORKFLOW["jobs"]["publish"]["permissions"] == {"pages": "write", "id-token": "write"}


def test_what_is_published_is_what_the_site_writes_also_after_a_refusal() -> None:
    (upload,) = [step for step in STEPS if "upload-pages-artifact" in step.get("uses", "")]
    assert upload["with"]["path"] == str(SITE)
    assert "!cancelled()" in upload["if"]
    assert "$GITHUB_STEP_SUMMARY" in RUNS


def test_without_go_the_reason_is_said() -> None:
    assert lint(None, ROOT / ".github" / "workflows") == (
        0,
        "workflows: skipped, go is not on the PATH and builds actionlint",
    )


@pytest.mark.integration
def test_a_workflow_that_is_wrong_is_found(tmp_path: Path) -> None:
    go = shutil.which("go")
    if go is None:
        pytest.skip("go is not on the PATH, which builds actionlint")
    wrong = (
        (ROOT / ".github" / "workflows" / "ml.yml").read_text().replace("runs-on: ubuntu-24.04", "runs-on: ubuntu-1", 1)
    )
    (tmp_path / "wrong.yml").write_text(wrong)
    code, said = lint(go, tmp_path)
    if "skipped" in said:
        pytest.skip(said)
    assert code != 0
    assert 'label "ubuntu-1" is unknown' in said

"""The commands around releases: what they print, and what they exit with."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.training_checks import find_blocks
from scorer.manifest import CALIBRATION
from tests.trainer.small_past import release
from trainer.registry import Registry

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    """Return a registry with one release."""
    version, files = release()
    Registry(str(tmp_path / "registry")).write(version, files)
    return tmp_path / "registry"


def test_predict_names_three_categories_and_says_whether_the_first_is_served(ledgermind: Run, registry: Path) -> None:
    asked = ledgermind(
        "predict", "TESCO 1234", "--amount", "-20.50", "--at", "2025-12-01", "--json", LEDGERMIND_REGISTRY=str(registry)
    )
    answer = json.loads(asked.stdout)
    assert (asked.returncode, answer["category"]) == (0, "Groceries")
    assert answer["confidence"] > answer["confidence_2"] > answer["confidence_3"]
    assert answer["accepted"] == (answer["confidence"] >= answer["threshold"])


@pytest.mark.parametrize(
    ("arguments", "variables", "says"),
    [
        pytest.param(["predict", "x", "--amount", "1,50"], {}, "amount", id="amount with a comma"),
        pytest.param(["predict", "x", "--version", "v9"], {}, "holds no release v9", id="no such release"),
        pytest.param(["thresholds"], {"SUGGEST_THRESHOLDS_JSON": "{"}, "SUGGEST_THRESHOLDS_JSON", id="broken override"),
        pytest.param(["train"], {"ML_DEPLOY_GATE": "loose"}, "ML_DEPLOY_GATE", id="nonsense gate"),
    ],
)
def test_nonsense_is_one_line(
    ledgermind: Run, registry: Path, arguments: list[str], variables: dict[str, str], says: str
) -> None:
    asked = ledgermind(*arguments, LEDGERMIND_REGISTRY=str(registry), **variables)
    assert asked.returncode not in (0, 70)
    assert says in asked.stderr
    assert asked.stderr.count("\n") == 1


def test_verify_calibrator_exits_0_1_and_2(ledgermind: Run, registry: Path, tmp_path: Path) -> None:
    fine = ledgermind("verify-calibrator", LEDGERMIND_REGISTRY=str(registry))
    (registry / release()[0] / CALIBRATION).write_bytes(b"{}")
    broken = ledgermind("verify-calibrator", str(registry / release()[0]))
    nothing = ledgermind("verify-calibrator", LEDGERMIND_REGISTRY=str(tmp_path / "empty"))
    assert [done.returncode for done in (fine, broken, nothing)] == [0, 1, 2]
    assert "calibration.json: was changed" in broken.stdout


def test_status_and_thresholds_show_what_is_in_force(ledgermind: Run, registry: Path) -> None:
    listed = json.loads(ledgermind("status", "--json", LEDGERMIND_REGISTRY=str(registry)).stdout)
    shown = ledgermind(
        "thresholds", LEDGERMIND_REGISTRY=str(registry), SUGGEST_THRESHOLDS_JSON='{"Dining": 0.25, "Cash": 2}'
    ).stdout
    assert [row["model_version"] for row in listed] == [release()[0]]
    assert "0.250" in shown
    assert "muted" in shown
    assert shown.count("SUGGEST_THRESHOLDS_JSON") == 2


def test_without_dbts_artefacts_everything_stands_against_a_training(tmp_path: Path) -> None:
    blocks = find_blocks(tmp_path)
    assert any("raw.transactions is unmeasured" in block for block in blocks)
    assert "the tests of fct_training_view have not run" in blocks


@pytest.mark.parametrize(
    ("status", "blocks"), [("pass", False), ("warn", False), ("fail", True), ("error", True), ("skipped", True)]
)
def test_every_dbt_test_must_have_passed(tmp_path: Path, status: str, blocks: bool) -> None:
    node = {"unique_id": "test.ledgermind.no_label_from_the_future.ab12", "status": status}
    written = {"metadata": {"generated_at": "2026-01-01T00:00:00Z", "invocation_id": "x"}, "results": [node]}
    (tmp_path / "run_results.json").write_text(json.dumps(written))
    assert any("no_label_from_the_future" in block for block in find_blocks(tmp_path)) == blocks

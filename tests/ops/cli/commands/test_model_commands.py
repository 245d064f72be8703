"""The commands around releases: what they print, and what they exit with."""

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops.cli.commands.train import served_by_source
from ops.training.checks import find_blockers
from ops.warehouse.dbt import Metadata, RunResults
from ops.warehouse.mart_fingerprint import ARTEFACT, note_tested, read_tested
from ops.warehouse.watched_sources import TRAINED_ON, WATCHED
from schemas.taxonomy import CATEGORIES
from scorer.release.manifest import CALIBRATION
from tests.support.small_dataset import release
from trainer.blockers import BlockerReason
from trainer.release.registry import Registry

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NOBODY = "127.0.0.1:1"  # where no broker listens
NODE = {"unique_id": "test.ledgermind.no_label_from_the_future.ab12", "status": "pass"}

Run = Callable[..., subprocess.CompletedProcess[str]]


def write_artefacts(target: Path, node: dict[str, str], *, run: str = "x", fingerprint: str = "f") -> None:
    """Write what dbt leaves behind after measuring fresh sources and running one test, and what we note of it."""
    metadata = {"generated_at": NOW.isoformat(), "invocation_id": "x"}
    sources = [
        {
            "unique_id": f"source.ledgermind.{name}",
            "status": "pass",
            "max_loaded_at": NOW.isoformat(),
            "max_loaded_at_time_ago_in_s": 1.0,
        }
        for name in WATCHED
    ]
    (target / "sources.json").write_text(json.dumps({"metadata": metadata, "results": sources}))
    (target / "run_results.json").write_text(json.dumps({"metadata": metadata, "results": [node]}))
    note_tested(target, RunResults(Metadata(NOW, run), []), fingerprint)


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
    where = {"LEDGERMIND_REGISTRY": str(registry), "LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": NOBODY}
    shown, in_json = (ledgermind("thresholds", *options, **where).stdout for options in ((), ("--json",)))
    assert [row["model_version"] for row in listed] == [release()[0]]
    assert all(f"\n{category.value} " in shown for category in CATEGORIES)
    assert "\nmerchants without a history " in shown
    assert "\nno known word, only parts " in shown
    assert "\nrule floor                 none: no rule is doubted\n" in shown
    assert json.loads(in_json)["rule_floors"] == dict.fromkeys(CATEGORIES, 0.0)
    assert f"overrides of the rollout record are not shown: no broker answers at {NOBODY}" in shown


def test_a_training_prints_a_line_for_everything_served_and_for_each_source_with_an_answer() -> None:
    metrics = {
        "macro_f1": 0.7,
        "everything served: coverage": 0.731,
        "everything served: precision": 0.925,
        "everything served: low": 0.902,
        "everything served: high": 0.941,
        "model: coverage": 0.02,
        "model: precision": 1.0,
        "rules that override: coverage": 0.0,
    }
    assert served_by_source(metrics) == [
        "everything served: 0.73 of the rows, precision 0.925 (0.902 to 0.941)",
        "model: 0.02 of the rows, precision 1.000",
    ]
    assert served_by_source({"macro_f1": 0.7}) == []  # nobody asked the rules


def test_without_dbts_artefacts_everything_stands_against_a_training(tmp_path: Path) -> None:
    assert [str(block) for block in find_blockers(tmp_path, as_of=NOW, fingerprint="f")] == [
        *(f"{name} is unmeasured (run `ledgermind warehouse freshness`)" for name in TRAINED_ON),
        "the tests of fct_training_view have not run (run `ledgermind warehouse build`)",
    ]


@pytest.mark.parametrize(
    ("status", "blocks"), [("pass", False), ("warn", False), ("fail", True), ("error", True), ("skipped", True)]
)
def test_every_dbt_test_must_have_passed(tmp_path: Path, status: str, blocks: bool) -> None:
    node = {"unique_id": "test.ledgermind.no_label_from_the_future.ab12", "status": status}
    write_artefacts(tmp_path, node)
    found = find_blockers(tmp_path, as_of=NOW, fingerprint="f")
    assert [block.finding for block in found] == (["test no_label_from_the_future did not pass"] if blocks else [])
    assert {block.reason for block in found} == ({BlockerReason.TEST_FAILED} if blocks else set())


@pytest.mark.parametrize(
    ("run", "tested", "present", "says"),
    [
        pytest.param("x", "f", "f", [], id="the rows that were tested"),
        pytest.param("x", "f", "g", ["fct_training_view was changed after its tests had run"], id="other rows"),
        pytest.param("w", "f", "f", ["fct_training_view was changed after its tests had run"], id="another run"),
        pytest.param("x", "f", None, ["fct_training_view does not exist"], id="no mart"),
    ],
)
def test_the_tests_speak_of_the_rows_they_saw_and_of_no_others(
    tmp_path: Path, run: str, tested: str, present: str | None, says: list[str]
) -> None:
    write_artefacts(tmp_path, NODE, run=run, fingerprint=tested)
    found = find_blockers(tmp_path, as_of=NOW, fingerprint=present)
    assert [block.finding for block in found] == says
    assert {block.remedy for block in found} <= {"`ledgermind warehouse build`"}


def test_freshness_is_held_against_the_time_of_the_training(tmp_path: Path) -> None:
    write_artefacts(tmp_path, NODE)
    assert find_blockers(tmp_path, as_of=NOW + timedelta(days=4), fingerprint="f") == []
    late = find_blockers(tmp_path, as_of=NOW + timedelta(days=7), fingerprint="f")
    assert [block.finding for block in late] == [f"{name} ends 7 days before 2026-01-08" for name in TRAINED_ON]
    assert {block.reason for block in late} == {BlockerReason.STALE}


def test_what_was_noted_of_a_run_that_cannot_be_read_is_nothing(tmp_path: Path) -> None:
    write_artefacts(tmp_path, NODE)
    (tmp_path / ARTEFACT).write_text("{")
    assert read_tested(tmp_path) is None
    (block,) = find_blockers(tmp_path, as_of=NOW, fingerprint="f")
    assert block.reason is BlockerReason.CHANGED

"""Nothing is trained on data that is old, untested, or changed since its tests; each finding names its remedy."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ops.training.checks import STALE_AFTER, find_blockers
from ops.warehouse import mart_fingerprint
from ops.warehouse.dbt import read_results
from ops.warehouse.mart_fingerprint import ARTEFACT, note_tested, read_tested
from ops.warehouse.watched_sources import TRAINED_ON
from trainer.blockers import BlockerReason

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
RUN = {"generated_at": "2026-05-01T11:00:00Z", "invocation_id": "run-1"}


def write(target: Path, *, loaded_at: datetime = AT, status: str = "pass", tests: tuple[str, ...] = ("pass",)) -> None:
    sources = [
        {
            "unique_id": f"source.ledgermind.{name}",
            "status": status,
            "max_loaded_at": loaded_at.isoformat(),
            "max_loaded_at_time_ago_in_s": 1.0,
        }
        for name in TRAINED_ON
    ]
    (target / "sources.json").write_text(json.dumps({"metadata": RUN, "results": sources}))
    results = [
        {"unique_id": f"test.ledgermind.t{place}.hash", "status": one, "message": None, "failures": 0}
        for place, one in enumerate(tests)
    ]
    (target / "run_results.json").write_text(json.dumps({"metadata": RUN, "results": results}))
    note_tested(target, read_results(target / "run_results.json"), "f1")


def reasons(target: Path, fingerprint: str | None = "f1", at: datetime = AT) -> set[BlockerReason]:
    return {blocker.reason for blocker in find_blockers(target, as_of=at, fingerprint=fingerprint)}


def test_fresh_and_tested_data_may_be_trained_on(tmp_path: Path) -> None:
    write(tmp_path, tests=("pass", "warn", "success"))
    assert reasons(tmp_path) == set()


def test_a_measurement_says_nothing_of_a_later_time(tmp_path: Path) -> None:
    write(tmp_path)
    assert reasons(tmp_path, at=AT + STALE_AFTER) == set()
    late = find_blockers(tmp_path, as_of=AT + 2 * STALE_AFTER, fingerprint="f1")
    assert {blocker.reason for blocker in late} == {BlockerReason.STALE}
    assert len(late) == len(TRAINED_ON)
    assert "ends 10 days before 2026-05-11" in late[0].finding


@pytest.mark.parametrize(
    ("made", "fingerprint", "reason"),
    [
        pytest.param({"status": "error"}, "f1", BlockerReason.STALE, id="stale by dbt"),
        pytest.param({"status": "runtime error"}, "f1", BlockerReason.UNMEASURED, id="not measured"),
        pytest.param({"tests": ("pass", "fail")}, "f1", BlockerReason.TEST_FAILED, id="a test failed"),
        pytest.param({"tests": ()}, "f1", BlockerReason.NOT_TESTED, id="no test ran"),
        pytest.param({}, "f2", BlockerReason.CHANGED, id="changed since"),
        pytest.param({}, None, BlockerReason.NO_MART, id="no mart"),
    ],
)
def test_each_doubt_is_a_blocker_with_a_command(
    tmp_path: Path, made: dict[str, object], fingerprint: str | None, reason: BlockerReason
) -> None:
    write(tmp_path, **made)  # type: ignore[arg-type]
    assert reasons(tmp_path, fingerprint) == {reason}
    assert all("`ledgermind" in one.remedy for one in find_blockers(tmp_path, as_of=AT, fingerprint=fingerprint))


def test_tests_of_another_run_say_nothing_of_this_mart(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / ARTEFACT).write_text('{"invocation_id": "run-0", "fingerprint": "f1"}')
    assert reasons(tmp_path) == {BlockerReason.CHANGED}
    (tmp_path / ARTEFACT).write_text("{")
    assert read_tested(tmp_path) is None
    assert reasons(tmp_path) == {BlockerReason.CHANGED}
    (tmp_path / ARTEFACT).write_text('{"invocation_id": "run-1", "fingerprint": "f1"}')
    assert read_tested(tmp_path) == mart_fingerprint.TestedMart("run-1", "f1")

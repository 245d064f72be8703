"""Health: a worker names what it still lacks, and the watchdog is told what is stuck."""

from types import SimpleNamespace
from typing import cast

import pytest

from streams.consume.in_flight import InFlight
from streams.consume.source import Source
from streams.worker.health import missing_conditions, stuck_symptom
from streams.worker.processor import Processor


def source(*, assigned: bool = True, turned_at: float = 0.0, **waits: bool) -> Source:
    """Return what health asks of a source."""
    assignment = SimpleNamespace(
        assigned=SimpleNamespace(is_set=lambda: assigned),
        is_paused=waits.get("paused", False),
        has_gap=waits.get("gap", False),
        is_looking=waits.get("looking", False),
    )
    return cast("Source", SimpleNamespace(assignment=assignment, turned_at=turned_at))


@pytest.mark.parametrize(
    ("of", "missing"),
    [
        pytest.param(None, ["partitions assigned"], id="not started"),
        pytest.param(source(), [], id="reads"),
        pytest.param(source(assigned=False), ["partitions assigned"], id="assigned nothing"),
        pytest.param(source(paused=True), ["no partition paused"], id="paused"),
        pytest.param(source(gap=True), ["no partition with a gap"], id="gap"),
        pytest.param(source(looking=True), ["answers read"], id="looks"),
    ],
)
def test_each_condition_of_the_source_is_named(of: Source | None, missing: list[str]) -> None:
    assert missing_conditions(of, has_producer=True, has_rollout=True, has_hints=True) == missing


def test_what_has_not_begun_is_named() -> None:
    missing = missing_conditions(source(), has_producer=False, has_rollout=False, has_hints=False)
    assert missing == ["producer initialised", "rollout record in force", "hints read"]


@pytest.mark.parametrize(
    ("committing", "unfinished", "turned", "symptom"),
    [
        pytest.param(None, None, 100.0, None, id="well"),
        pytest.param(89.0, None, 100.0, "a commit hung for 10 s", id="commit"),
        pytest.param(None, 89.0, 100.0, "polled records were unfinished for 10 s", id="unfinished"),
        pytest.param(None, None, 89.0, "the poll loop was silent for 10 s", id="silent"),
        pytest.param(90.0, 90.0, 90.0, None, id="at the limit"),
    ],
)
def test_what_is_stuck_longer_than_the_limit_is_named(
    committing: float | None, unfinished: float | None, turned: float, symptom: str | None
) -> None:
    in_flight = cast("InFlight", SimpleNamespace(unfinished_since=unfinished))
    processor = cast("Processor", SimpleNamespace(committing_since=committing))
    assert stuck_symptom(source(turned_at=turned), processor, in_flight, now=100.0, stuck_seconds=10.0) == symptom


def test_a_hanging_commit_is_named_before_the_source_is_there() -> None:
    processor = cast("Processor", SimpleNamespace(committing_since=0.0))
    in_flight = cast("InFlight", SimpleNamespace(unfinished_since=None))
    assert stuck_symptom(None, processor, in_flight, now=100.0, stuck_seconds=10.0) == "a commit hung for 10 s"
    assert stuck_symptom(None, None, in_flight, now=100.0, stuck_seconds=10.0) is None

"""Schedules: how long to wait after what, what is remembered over a restart, and what an exit code means."""

import random
import sys
import threading
import time
from pathlib import Path

import pytest

from ops.local.ports import LOOPBACK, free_port
from ops.local.schedule import DurationError, parse_duration, spread
from ops.patience import wait_for
from ops.rollout.sources.metrics_client import Scrape, scrape
from ops.training.retrain_metrics import RetrainOutcome
from ops.training.retrain_service import LastRun, outcome_of, remembered, serve_retrainings, wait_after

WEEK, DAY = 7 * 86_400.0, 86_400.0


@pytest.mark.parametrize(
    ("outcome", "seconds"),
    [
        (None, 0.0),
        (RetrainOutcome.PASSED, WEEK),
        (RetrainOutcome.BUSY, WEEK),
        (RetrainOutcome.REFUSED, DAY),
        (RetrainOutcome.FAILED, 900.0),
    ],
    ids=str,
)
def test_what_came_to_no_release_is_tried_again_sooner(outcome: RetrainOutcome | None, seconds: float) -> None:
    assert wait_after(outcome, WEEK) == seconds
    assert wait_after(outcome, 60.0) == min(seconds, 60.0)


@pytest.mark.parametrize(
    ("code", "outcome"), [(0, "passed"), (3, "refused"), (75, "busy"), (9, "failed"), (1, "failed"), (-9, "failed")]
)
def test_an_exit_code_is_an_outcome(code: int, outcome: str) -> None:
    assert outcome_of(code) == outcome


def test_waits_are_spread_and_never_shortened() -> None:
    dice = random.Random(1)
    waits = [spread(100.0, dice) for _ in range(1_000)]
    assert 100.0 <= min(waits) < 101.0
    assert 104.0 < max(waits) <= 105.0


@pytest.mark.parametrize("text", ["often", "0s", "-1d", "7", "1w"])
def test_what_is_no_duration_is_said(text: str) -> None:
    with pytest.raises(DurationError, match="write 90s, 15m, 2h or 1d"):
        parse_duration(text, option="--every")


@pytest.mark.parametrize("written", [None, "", "{", '{"outcome": "perhaps"}'], ids=["none", "empty", "half", "other"])
def test_a_memory_that_cannot_be_read_is_none(tmp_path: Path, written: str | None) -> None:
    if written is not None:
        (tmp_path / "retrain.json").write_text(written)
    assert remembered(tmp_path / "retrain.json") == LastRun()


def serve(command: list[str], folder: Path, *, every: float, until: str) -> Scrape:
    """Run the service until its metrics show what is waited for, and return them."""
    port, stopping = free_port(), threading.Event()
    place = {"every_seconds": every, "target": folder, "host": LOOPBACK, "port": port, "dice": random.Random(1)}
    thread = threading.Thread(target=serve_retrainings, args=(command,), kwargs={**place, "stopping": stopping})
    thread.start()

    def seen() -> Scrape | None:
        found = scrape(f"http://{LOOPBACK}:{port}/metrics")
        return found if found.total("lm_retrain_last_outcome", outcome=until) == 1 else None

    try:
        found = wait_for(seen, f"the outcome {until}", refusals=(OSError,))
        assert found is not None
        return found
    finally:
        stopping.set()
        thread.join()


def test_the_last_outcome_survives_a_restart_and_no_run_comes_before_its_time(tmp_path: Path) -> None:
    counted = tmp_path / "runs"
    command = [sys.executable, "-c", f"open({str(counted)!r}, 'a').write('x'); print('gate refused: too few'); exit(3)"]
    first = serve(command, tmp_path, every=WEEK, until="refused")
    assert first.total("lm_retrain_last_end_seconds") == pytest.approx(time.time(), abs=60)
    assert first.total("lm_retrain_next_seconds") == pytest.approx(time.time() + DAY, abs=0.06 * DAY)
    assert first.total("lm_retrain_last_passed_seconds") == 0
    again = serve(command, tmp_path, every=WEEK, until="refused")
    assert counted.read_text() == "x"
    assert again.total("lm_retrain_last_end_seconds") == first.total("lm_retrain_last_end_seconds")
    assert (tmp_path / "retrain.log").read_text() == "gate refused: too few\n"

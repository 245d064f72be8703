"""A failpoint does what was asked for at its place, as often as was asked for, and nothing anywhere else."""

import subprocess
import sys

import pytest
from confluent_kafka import KafkaException

from ops.patience import patience_seconds
from streams.errors import SettingsError
from streams.produce.failpoints import Failpoint, Failpoints, Injury

EVERYWHERE = list(Failpoint)


def test_none_are_set_unless_asked_for() -> None:
    failpoints = Failpoints.parse("", seed=0)
    assert failpoints.injuries == {}
    for place in EVERYWHERE:
        failpoints.reach(place)


def test_entries_are_read_in_their_order() -> None:
    failpoints = Failpoints.parse("after_begin:hang:0.5,after_commit:kill:0.001", seed=0)
    assert failpoints.injuries == {
        Failpoint.AFTER_BEGIN: (Injury.HANG, 0.5),
        Failpoint.AFTER_COMMIT: (Injury.KILL, 0.001),
    }


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("after_begin", id="a place alone"),
        pytest.param("after_begin:abort", id="no probability"),
        pytest.param("after_lunch:abort:1", id="no such place"),
        pytest.param("after_begin:explode:1", id="no such injury"),
        pytest.param("after_begin:abort:often", id="a probability that is none"),
        pytest.param("after_begin:abort:1:2", id="one part too many"),
        pytest.param("after_begin:abort:1,nonsense", id="the second entry"),
    ],
)
def test_nonsense_is_refused_in_one_line_that_names_the_choices(text: str) -> None:
    with pytest.raises(SettingsError, match="LEDGERMIND_WORKER_FAILPOINTS") as caught:
        Failpoints.parse(text, seed=0)
    message = str(caught.value)
    assert "\n" not in message
    assert all(name in message for name in [*Failpoint, *Injury])


def hits(text: str, *, seed: int, tries: int = 1_000) -> list[int]:
    failpoints = Failpoints.parse(text, seed=seed)
    found = []
    for number in range(tries):
        try:
            failpoints.reach(Failpoint.AFTER_PRODUCE)
        except KafkaException:
            found.append(number)
    return found


@pytest.mark.parametrize(("probability", "least", "most"), [("0", 0, 0), ("0.1", 60, 140), ("1", 1_000, 1_000)])
def test_an_injury_happens_as_often_as_was_asked_for(probability: str, least: int, most: int) -> None:
    assert least <= len(hits(f"after_produce:abort:{probability}", seed=1)) <= most


def test_a_seed_makes_a_run_repeatable() -> None:
    text = "after_produce:abort:0.1"
    assert hits(text, seed=4) == hits(text, seed=4)
    assert hits(text, seed=4) != hits(text, seed=5)


def test_an_abort_is_what_the_broker_would_have_asked_for() -> None:
    failpoints = Failpoints.parse("after_send_offsets:abort:1", seed=0)
    with pytest.raises(KafkaException) as caught:
        failpoints.reach(Failpoint.AFTER_SEND_OFFSETS)
    error = caught.value.args[0]
    assert (error.txn_requires_abort(), error.fatal(), error.retriable()) == (True, False, False)


def test_other_places_are_left_alone() -> None:
    failpoints = Failpoints.parse("after_produce:abort:1", seed=0)
    for place in EVERYWHERE:
        if place is not Failpoint.AFTER_PRODUCE:
            failpoints.reach(place)


def test_what_is_committed_cannot_be_aborted() -> None:
    Failpoints.parse("after_commit:abort:1", seed=0).reach(Failpoint.AFTER_COMMIT)


def test_a_kill_ends_the_process_at_once() -> None:
    program = (
        "from streams.produce.failpoints import Failpoint, Failpoints\n"
        "Failpoints.parse('after_begin:kill:1', seed=0).reach(Failpoint.AFTER_BEGIN)\n"
        "print('still alive')\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=patience_seconds(), check=False
    )
    assert (ended.returncode, ended.stdout) == (-9, "")

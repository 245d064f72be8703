"""What a worker promises of each record: one outcome, a reason where it refuses, silence where it does not know."""

import threading
from collections.abc import Iterator
from datetime import datetime

import pytest

from ops.patience import scale, wait_for
from tests.promises.events import payment
from tests.promises.program import Program
from tests.promises.stack import Stack
from tests.promises.topic import Record


@pytest.fixture(scope="module")
def workers(stack: Stack) -> Iterator[list[Program]]:
    """Return two workers of one group, without a release: rules answer."""
    with stack.worker("first") as first, stack.worker("second") as second:
        yield [first, second]


@pytest.mark.promise("One suggestion per transaction record.", "schemas/asyncapi.yaml")
def test_each_record_has_one_suggestion_and_a_record_that_came_twice_has_two(
    stack: Stack, workers: list[Program]
) -> None:
    events = [payment(number, txn_id=f"once-{number}") for number in range(60)]
    sent = stack.score([*events, events[0]])
    answered = [one for one in stack.read("suggestions") if one.json["txn_id"].startswith("once-")]
    assert sorted(one.input_address for one in answered) == sorted(sent)


@pytest.mark.promise("where it does not know, it keeps silent", "README.md")
def test_a_wording_that_nobody_knows_has_a_suggestion_without_a_category(stack: Stack, workers: list[Program]) -> None:
    stack.score([payment(0, "XYZZY QUUX 1", txn_id="unknown"), payment(1, "TESCO STORES 3021", txn_id="known")])
    said = {one.json["txn_id"]: one.json for one in stack.read("suggestions")}
    assert (said["unknown"]["category"], said["unknown"]["source"]) == (None, "none")
    assert (said["known"]["category"], said["known"]["source"]) == ("Groceries", "rules")


@pytest.mark.promise("the headers dlq.reason and dlq.detail", "README.md")
@pytest.mark.parametrize(
    ("value", "reason", "detail"),
    [
        (b'{"schema_version": "1.0", "txn_id": ', "malformed_json", ""),
        (payment(0, schema_version="9.0", txn_id="new-major"), "unsupported_schema_version", "schema_version"),
        (payment(0, amount="much", txn_id="no-amount"), "invalid_value", "amount"),
    ],
    ids=["cut short", "of another major version", "with an amount in words"],
)
def test_what_cannot_be_read_becomes_one_dead_letter_that_names_its_reason(
    stack: Stack, workers: list[Program], value: dict[str, str] | bytes, reason: str, detail: str
) -> None:
    (address,) = stack.score([value])
    (letter,) = [one for one in stack.read("transactions-dlq") if one.input_address == address]
    assert letter.headers["dlq.reason"] == reason
    assert detail in letter.headers["dlq.detail"]
    assert address not in [one.input_address for one in stack.read("suggestions")]


@pytest.mark.promise("served by every worker within a second", "README.md")
def test_half_a_dozen_changes_of_the_share_are_each_served_in_every_partition_within_a_second(
    stack: Stack, workers: list[Program]
) -> None:
    changes: list[dict[str, str]] = []
    with Traffic(stack):
        for percent in ("10", "20", "30", "40", "50", "0"):
            changes.append(stack.succeed("rollout", "set", percent, "--reason", "a second", "--json").json)
            wait_for(lambda: all(is_at(changes[-1]["version"], one) for one in workers), "new record at every worker")
            stack.score(burst())  # something in every partition
    suggestions = stack.read("suggestions")
    late = [lateness(change, suggestions) for change in changes]
    # Where other programs hold the processors a single change may come late; the middle one says what we do.
    assert sorted(late)[len(late) // 2] <= scale(), late


def is_at(version: object, worker: Program) -> bool:
    return worker.metrics()["lm_rollout_version"] == version


def lateness(change: dict[str, str], suggestions: list[Record]) -> float:
    """Return how long after a change was decided the last suggestion under an older record was made, in seconds."""
    decided_at = datetime.fromisoformat(change["decided_at"])
    version = int(change["version"])
    made = [(one.partition, one.json["rollout_version"], one.json["suggested_at"]) for one in suggestions]
    assert {partition for partition, of, _ in made if of == version} == {partition for partition, *_ in made}
    older = [datetime.fromisoformat(at) for _, of, at in made if of < version]
    return max((at - decided_at).total_seconds() for at in older)


class Traffic:
    """Publishes bursts, one after the other, until it is left."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._publish)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._leaving.set()
        self._thread.join()

    def _publish(self) -> None:
        while not self._leaving.wait(0.02):  # the pace of the stream, no wait for anything
            self._stack.publish("transactions", burst())


def burst() -> list[dict[str, str]]:
    """Return a payment of each of a hundred users."""
    return [payment(number, user_id=f"traffic-{number}") for number in range(100)]

"""What a worker promises of each record: one outcome, a reason where it refuses, silence where it does not know."""

import json
import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from ops.patience import crowding, wait_for
from tests.promises.events import payment
from tests.promises.program import Program
from tests.promises.stack import Stack
from tests.promises.topic import Record


@pytest.fixture(scope="module")
def workers(stack: Stack) -> Iterator[list[Program]]:
    """Return two workers of one group, without a release: rules answer."""
    with stack.worker("first") as first, stack.worker("second") as second:
        yield [first, second]


@pytest.mark.promise("One suggestion per transaction record.", "schemas/contracts/asyncapi.yaml")
def test_each_record_has_one_suggestion_and_a_record_that_came_twice_has_two(
    stack: Stack, workers: list[Program]
) -> None:
    events = [payment(number, txn_id=f"once-{number}") for number in range(60)]
    sent = stack.score([*events, events[0]])
    answered = [one for one in stack.read("suggestions") if one.json["txn_id"].startswith("once-")]
    assert sorted(one.input_address for one in answered) == sorted(sent)


@pytest.mark.promise("Where neither source is sure, the suggestion names no category", "README.md")
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


@pytest.mark.promise("says the same of each line before it is sent", "docs/BAD_INPUT.md")
def test_validation_says_of_each_line_what_becomes_of_it(stack: Stack, workers: list[Program]) -> None:
    lines = [
        *(json.dumps(payment(number, user_id="user-0", **change)).encode() for number, change in enumerate(CHANGES)),
        b"[]",
        b'"text"',
        b"{]",
        '{"txn_id": "\u00e9"}'.encode("latin-1"),
    ]
    (stack.folder / "lines.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    *said, _ = map(json.loads, stack.run("validate", "lines.jsonl", "--json").stdout.splitlines())
    sent = stack.score(lines, key="user-0")
    dead = {one.input_address: one.headers["dlq.reason"] for one in stack.read("transactions-dlq")}
    accepted = {one.input_address for one in stack.read("suggestions")}
    assert [one.get("reason") for one in said] == [dead.get(address) for address in sent]
    assert [one["outcome"] == "accepted" for one in said] == [address in accepted for address in sent]
    assert len({dead[address] for address in sent if address in dead}) > 4


@pytest.mark.promise("exactly once, in order per user", "README.md")
def test_suggestions_of_a_user_come_in_the_order_of_his_transactions(stack: Stack, workers: list[Program]) -> None:
    users = [f"order-{number}" for number in range(20)]
    sent = stack.score([payment(number, user_id=users[number % 20]) for number in range(600)])
    by_user: dict[str, list[Record]] = {user: [] for user in users}
    for one in stack.read("suggestions"):
        if one.json["user_id"] in by_user:
            by_user[one.json["user_id"]].append(one)
    assert sum(map(len, by_user.values())) == len(sent)
    for answered in by_user.values():
        assert {one.partition for one in answered} == {answered[0].partition}
        offsets = [one.input_address[1] for one in sorted(answered, key=lambda one: one.offset)]
        assert offsets == sorted(offsets)


@pytest.mark.promise("Publish dead letters to their topic again, each at most once.", "ledgermind dlq requeue --help")
def test_a_dead_letter_is_put_back_once_and_keeps_its_first_address(stack: Stack, workers: list[Program]) -> None:
    (first,) = stack.score([payment(0, amount="a lot", txn_id="requeued")])
    for times in (1, 2):  # each time it fails again, and only the newest letter of the two is put back
        stack.succeed("dlq", "requeue", "--reason", "invalid_value")
        stack.wait_until_scored()
        letters = [one for one in stack.read("transactions-dlq") if b'"requeued"' in one.value]
        again = [one.headers["dlq.first_offset"] for one in letters if one.input_address != first]
        assert again == [str(first[1])] * times


@pytest.mark.promise(
    "The command never prints what a dead letter holds",
    "ledgermind dlq list --help",
)
def test_dead_letters_are_listed_without_what_they_hold(stack: Stack, workers: list[Program]) -> None:
    (at,) = stack.score([payment(0, amount="SECRETS OF MINE", txn_id="listed")])
    listed = stack.succeed("dlq", "list", "--limit", "0").stdout
    assert f"invalid_value  from transactions/{at[0]}/{at[1]}" in listed
    assert "SECRETS" not in listed


@pytest.mark.promise("/metrics, /live and /ready", "README.md")
def test_a_worker_answers_on_its_three_pages(stack: Stack, workers: list[Program]) -> None:
    for one in workers:
        assert [one.page(path)[0] for path in ("/metrics", "/live", "/ready")] == [200, 200, 200]
        assert one.page("/nothing")[0] == 404


@pytest.mark.promise("Refuse if the active record has another version.", "ledgermind rollout set --help")
def test_a_change_that_expects_another_record_is_refused_and_nothing_is_written(
    stack: Stack, workers: list[Program]
) -> None:
    before = len(stack.read("rollout-state"))
    done = stack.run("rollout", "set", "5", "--reason", "late", "--expect-version", "999")
    assert done.code != 0
    assert len(done.stderr.strip().splitlines()) == 1
    assert len(stack.read("rollout-state")) == before


@pytest.mark.promise(
    "Set the canary to 0 % and keep it in shadow mode; workers follow within a second.",
    "ledgermind rollout rollback --help",
)
def test_after_a_rollback_nobody_is_in_the_canary(stack: Stack, workers: list[Program]) -> None:
    stack.set_share("100")
    taken = stack.succeed("rollout", "rollback", "--reason", "complaints", "--json").json
    assert (taken["percent"], taken["shadow"]) == ("0.00", True)
    wait_for(lambda: all(is_at(taken["version"], one) for one in workers), "rollback at every worker")
    sent = stack.score(burst())
    arms = {one.json["arm"] for one in stack.read("suggestions") if one.input_address in sent}
    assert arms == {"control"}
    assert stack.succeed("rollout", "verify").code == 0


@pytest.mark.promise("served by every worker within a second", "README.md")
def test_half_a_dozen_changes_of_the_share_are_each_served_in_every_partition_within_a_second(
    stack: Stack, workers: list[Program]
) -> None:
    changes: list[dict[str, str]] = []
    with Traffic(stack):
        for percent in ("10", "20", "30", "40", "50", "0"):
            changes.append(stack.set_share(percent))
            wait_for(lambda: all(is_at(changes[-1]["version"], one) for one in workers), "new record at every worker")
            stack.score(burst())  # something in every partition
    suggestions = stack.read("suggestions")
    late = [lateness(change, suggestions) for change in changes]
    # Where other programs hold the processors a single change may come late; the middle one says what we do.
    assert sorted(late)[len(late) // 2] <= crowding(), late


CHANGES: tuple[dict[str, Any], ...] = (
    {},
    {"amount": 4.2},
    {"amount": "4,20"},
    {"currency": "eur"},
    {"description": ""},
    {"description": "x" * 2_000},
    {"description": "a\x01b"},
    {"occurred_at": "yesterday"},
    {"occurred_at": "1950-01-01T00:00:00Z"},
    {"occurred_at": "2026-05-01T12:00:00+17:00"},
    {"txn_id": ""},
    {"mcc": "54"},
    {"channel": "telepathy"},
    {"schema_version": "2.0"},
    {"unheard_of": 1},
)


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

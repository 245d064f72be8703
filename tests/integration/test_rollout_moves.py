"""The share moves from 0 to 10, 50, 100 percent and back while transactions stream: arms follow and nobody hops.

ROLLOUT_USERS and ROLLOUT_RATE size it; the figures of a large run are in docs/TESTING.md.
"""

import json
import math
import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from ops.cli.commands.rollout import app
from ops.local.broker import Broker
from ops.patience import wait_for
from schemas.contracts.topics import SUGGESTIONS, TRANSACTIONS
from schemas.events.suggestion import Suggestion
from tests.support.kafka_io import WORKERS, Address, Sender, input_address
from tests.support.topic import read_committed, wait_until_committed
from tests.support.worker_processes import Worker

USERS = int(os.environ.get("ROLLOUT_USERS", "500"))
RATE = int(os.environ.get("ROLLOUT_RATE", "500"))  # records a second
SEEN = USERS + USERS // 5  # records at each share, so that everybody is seen at it
pytestmark = pytest.mark.integration

SHARES = ("0", "10", "50", "100")
PROMISED_SECONDS = 1.0
DESCRIPTIONS = ("TESCO STORES 3021", "SHELL 1234 HAMBURG", "UNHEARD OF TRADING 77")


@dataclass(frozen=True, slots=True)
class Suggested:
    """What a consumer reads of one suggestion."""

    at: Address
    user: str
    description: str
    category: str | None
    arm: str
    bucket: int
    version: int
    sent_at: datetime
    suggested_at: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """One story: who said what, and when the share was set (record version to percent and time)."""

    suggestions: list[Suggested]
    shares: Mapping[int, int]
    set_at: Mapping[int, datetime]
    followed_at: Mapping[str, Mapping[int, datetime]]  # by worker and record version: when it came into force there

    @property
    def grown(self) -> list[int]:
        """The versions in their order, without the last one, which took everybody back."""
        return sorted(self.shares)[:-1]

    @property
    def promised(self) -> timedelta:
        """How late a change may be followed: as promised, and by what this machine lets any record wait."""
        return timedelta(seconds=PROMISED_SECONDS) + max(one.suggested_at - one.sent_at for one in self.suggestions)

    def canary(self, version: int) -> set[str]:
        """The users of the canary arm under a record."""
        return {one.user for one in self.suggestions if one.version == version and one.arm == "canary"}

    def users(self, version: int) -> set[str]:
        """The users that were seen under a record."""
        return {one.user for one in self.suggestions if one.version == version}


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(("embedded_broker", 1), id="embedded, one worker"),
        pytest.param(("kafka", 2), id="kafka, two workers", marks=pytest.mark.kafka),
    ],
)
def moved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    """Stream while the command moves the share."""
    fixture, workers = request.param
    broker: Broker = request.getfixturevalue(fixture)
    folder = tmp_path_factory.mktemp("moves")
    records = []
    with ExitStack() as stack:
        crew = [
            Worker(f"integration-{number}", broker.bootstrap_servers, folder / f"{number}.log")
            for number in range(workers)
        ]
        for worker in crew:
            worker.start()
            stack.callback(worker.stop)
        for worker in crew:
            worker.wait_until_ready()
        records.append(set_share(SHARES[0], broker, folder))
        wait_until_followed(crew, records[-1])
        with streaming(broker) as (sent, count_sent):
            for share in (*SHARES[1:], None):
                stay(broker, count_sent)
                records.append(
                    rollout("rollback", broker=broker, folder=folder)
                    if share is None
                    else set_share(share, broker, folder)
                )
                wait_until_followed(crew, records[-1])
            stay(broker, count_sent)
        wait_until_committed(broker.bootstrap_servers, TRANSACTIONS.name, WORKERS)
        suggestions = read_suggestions(broker, sent)
        followed = {worker.name: followed_at(worker) for worker in crew}
    assert len(suggestions) == len({one.at for one in suggestions}) == len(sent)
    yield Moved(
        suggestions,
        {record["version"]: int(float(record["percent"])) for record in records},
        {record["version"]: datetime.fromisoformat(record["decided_at"]) for record in records},
        followed,
    )


def wait_until_followed(crew: Sequence[Worker], record: Mapping[str, object]) -> None:
    def all_follow() -> bool:
        return all(worker.metrics()["lm_rollout_version"] == record["version"] for worker in crew)

    wait_for(all_follow, "new record")


def stay(broker: Broker, count_sent: Callable[[], int]) -> None:
    """Wait until everybody has sent something more, and all of it is answered."""
    enough = count_sent() + SEEN
    wait_for(lambda: count_sent() >= enough, f"{SEEN} records more")
    wait_until_committed(broker.bootstrap_servers, TRANSACTIONS.name, WORKERS)


def followed_at(worker: Worker) -> dict[int, datetime]:
    """Return when each record came into force in a worker, as its log says."""
    events = [json.loads(line) for line in worker.log.read_text().splitlines() if line.startswith("{")]
    return {
        event["version"]: datetime.fromisoformat(event["timestamp"])
        for event in events
        if event["event"] == "rollout_in_force"
    }


def set_share(percent: str, broker: Broker, folder: Path) -> dict[str, Any]:
    """Move the share; return the record that was written."""
    return rollout("set", percent, "--override", "a test needs no evidence", broker=broker, folder=folder)


def rollout(*words: str, broker: Broker, folder: Path) -> dict[str, Any]:
    """Run the command as an operator would, without the time that a program takes to start."""
    variables = {
        "LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
        "LEDGERMIND_REGISTRY": str(folder / "registry"),
    }
    done = CliRunner().invoke(app, [*words, "--reason", "a test moves it", "--json"], env=variables)
    assert done.exit_code == 0, done.exception
    record: dict[str, Any] = json.loads(done.stdout)
    return record


@contextmanager
def streaming(broker: Broker) -> Iterator[tuple[dict[Address, str], Callable[[], int]]]:
    """Send at a steady rate, one user after the other, until the context ends; then say what lies where."""
    sender, stopping = Sender(broker.bootstrap_servers), threading.Event()
    descriptions: list[str] = []
    sent: dict[Address, str] = {}

    def stream() -> None:
        started_at = time.monotonic()
        for number in count():
            if stopping.wait(max(0.0, started_at + number / RATE - time.monotonic())):
                return
            user, description = f"mover-{number % USERS}", DESCRIPTIONS[number // USERS % len(DESCRIPTIONS)]
            transaction = {
                "schema_version": "1.0",
                "txn_id": f"move-{number}",
                "user_id": user,
                "account_id": f"{user}-card",
                "occurred_at": "2026-05-01T12:00:00Z",
                "amount": "-4.20",
                "currency": "EUR",
                "description": description,
            }
            sender.send((user.encode(), json.dumps(transaction).encode()))
            descriptions.append(description)

    thread = threading.Thread(target=stream)
    thread.start()
    try:
        yield sent, lambda: len(descriptions)
    finally:
        stopping.set()
        thread.join()
        sent.update(zip(sender.finish(), descriptions, strict=True))


def read_suggestions(broker: Broker, sent: Mapping[Address, str]) -> list[Suggested]:
    """Return every committed suggestion on a record that was sent."""
    decode = msgspec.json.Decoder(Suggestion).decode
    found = []
    for message in read_committed(broker.bootstrap_servers, SUGGESTIONS.name):
        at = input_address(message)
        if at in sent:
            _, sent_ms = message.timestamp()  # an answer carries its record's own time
            event = decode(message.value() or b"")
            found.append(suggested(event, at=at, sent_ms=sent_ms, description=sent[at]))
    return found


def suggested(event: Suggestion, *, at: Address, sent_ms: int, description: str) -> Suggested:
    return Suggested(
        sent_at=datetime.fromtimestamp(sent_ms / 1_000, UTC),
        at=at,
        user=event.user_id,
        description=description,
        category=event.category,
        arm=event.arm,
        bucket=event.bucket,
        version=event.rollout_version,
        suggested_at=event.suggested_at,
    )


@pytest.mark.slow
def test_every_partition_follows_within_a_second(moved: Moved) -> None:
    partitions = {one.at[0] for one in moved.suggestions}
    for version in sorted(moved.shares)[1:]:
        new = {one.at[0] for one in moved.suggestions if one.version == version}
        late = [one.suggested_at - moved.set_at[version] for one in moved.suggestions if one.version < version]
        seconds = max(late).total_seconds()  # from the moment of setting to the last answer under an older record
        print(f"{moved.shares[version]} percent: followed after {max(0.0, seconds):.3f} s")  # noqa: T201
        assert new == partitions
        assert max(late) < moved.promised


def test_every_worker_follows_within_a_second(moved: Moved) -> None:
    for worker, followed in moved.followed_at.items():
        late = [followed[version] - moved.set_at[version] for version in sorted(moved.shares)[1:]]
        print(f"{worker}: followed after {', '.join(f'{one.total_seconds():.3f}' for one in late)} s")  # noqa: T201
        assert max(late) < moved.promised


def test_no_partition_goes_back_to_an_older_record(moved: Moved) -> None:
    versions = defaultdict(list)
    for one in sorted(moved.suggestions, key=lambda one: one.at):
        versions[one.at[0]].append(one.version)
    assert all(earlier <= later for seen in versions.values() for earlier, later in pairwise(seen))


def test_who_is_in_stays_in_as_the_share_grows(moved: Moved) -> None:
    none, tenth, half, everybody = (moved.canary(version) for version in moved.grown)
    assert none == set()
    assert tenth < half < everybody
    assert everybody == moved.users(moved.grown[-1])


def test_a_rollback_leaves_nobody_in(moved: Moved) -> None:
    last = max(moved.shares)
    assert moved.shares[last] == 0
    assert moved.canary(last) == set()
    assert len(moved.users(last)) > 0.9 * USERS


def test_nobody_changes_arms_but_by_growth_of_the_share(moved: Moved) -> None:
    seen: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for one in moved.suggestions:
        seen[one.user][one.version] = one.arm
    hops = sum(
        earlier == "canary" and later == "control"
        for arms in seen.values()
        for earlier, later in pairwise([arms[version] for version in moved.grown if version in arms])
    )
    print(f"{len(seen):,} users, {len(moved.suggestions):,} suggestions, {hops} left the canary while it grew")  # noqa: T201
    assert hops == 0


def test_a_user_has_one_bucket_for_ever_and_one_arm_per_record(moved: Moved) -> None:
    arms: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    buckets: defaultdict[str, set[int]] = defaultdict(set)
    for one in moved.suggestions:
        arms[one.user, one.version].add(one.arm)
        buckets[one.user].add(one.bucket)
        assert (one.arm == "canary") == (one.bucket < 100 * moved.shares[one.version])
    assert {len(seen) for seen in arms.values()} == {len(seen) for seen in buckets.values()} == {1}
    assert len(buckets) == USERS


def test_the_canary_has_the_share_that_was_asked_for_within_binomial_bounds(moved: Moved) -> None:
    for version, percent in moved.shares.items():
        users, inside, share = len(moved.users(version)), len(moved.canary(version)), percent / 100
        deviation = math.sqrt(users * share * (1 - share))
        print(f"{percent} %: {inside:,} of {users:,} users, binomial bound {4 * deviation:.0f}")  # noqa: T201
        assert users > 0.9 * USERS
        assert abs(inside - share * users) <= 4 * deviation


def test_a_canary_without_a_model_serves_what_control_serves(moved: Moved) -> None:
    served = defaultdict(set)
    for one in moved.suggestions:
        served[one.description].add(one.category)
    assert {len(categories) for categories in served.values()} == {1}
    assert set(served) == set(DESCRIPTIONS)

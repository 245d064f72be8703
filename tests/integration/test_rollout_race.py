"""Operators who decide at the same moment: one wins, the others are told, and the chain stays one chain."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from ops.kafka.topics import create_topics
from ops.local.broker import Broker
from schemas.events.rollout import RolloutRecord
from streams.errors import RolloutRecordError
from streams.rollout.change import Change
from streams.rollout.follower import read_history
from streams.rollout.writer import Writer
from streams.settings import KafkaSettings, SuggestSettings
from tests.conftest import Run

pytestmark = [pytest.mark.integration]
ROUNDS = 5
OPERATORS = ("ana", "bob", "eve")


@pytest.fixture(params=[pytest.param("embedded_broker"), pytest.param("kafka", marks=pytest.mark.kafka)])
def kafka_settings(request: pytest.FixtureRequest) -> Iterator[KafkaSettings]:
    """Return a broker with at least one rollout record, rules only."""
    broker: Broker = request.getfixturevalue(request.param)
    settings = KafkaSettings(bootstrap_servers=broker.bootstrap_servers)
    Writer(settings).begin(SuggestSettings(), canary_model=None, actor="test", now=now())
    yield settings


def now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def records(kafka: KafkaSettings) -> list[RolloutRecord]:
    """Return the whole chain; reading it checks every link."""
    return read_history(kafka).records


def race(act: Callable[[str], RolloutRecord]) -> dict[str, RolloutRecord | str]:
    """Let every operator act at once; return what each has written, or was told."""
    start = threading.Barrier(len(OPERATORS))

    def one(operator: str) -> RolloutRecord | str:
        start.wait()
        try:
            return act(operator)
        except RolloutRecordError as error:
            return str(error)

    with ThreadPoolExecutor(len(OPERATORS)) as pool:
        return dict(zip(OPERATORS, pool.map(one, OPERATORS), strict=True))


def test_of_operators_who_saw_the_same_version_one_writes_and_the_others_are_told(
    kafka_settings: KafkaSettings,
) -> None:
    for _ in range(ROUNDS):
        before = records(kafka_settings)

        def act(operator: str, seen: int = before[-1].version) -> RolloutRecord:
            change = Change(operator, "a race", expect_version=seen)
            return Writer(kafka_settings).change(change, now=now())

        said = race(act)
        written = [record for record in said.values() if isinstance(record, RolloutRecord)]
        assert len(written) == 1, said
        assert records(kafka_settings) == [*before, *written]
        told = [word for word in said.values() if isinstance(word, str)]
        assert all("somebody changed it" in word or "another writer was faster" in word for word in told)


def test_of_writers_who_have_read_the_same_end_only_the_last_to_come_may_write(kafka_settings: KafkaSettings) -> None:
    before = records(kafka_settings)
    first, second = Writer(kafka_settings), Writer(kafka_settings)  # the second fences the first
    with pytest.raises(RolloutRecordError, match="another writer was faster"):
        first.change(Change("ana", "too late"), now=now())
    written = second.change(Change("bob", "in time"), now=now())
    assert records(kafka_settings) == [*before, written]


def test_of_first_writers_one_gives_record_0_and_all_follow_it(start_broker: Callable[[], Broker]) -> None:
    settings = KafkaSettings(bootstrap_servers=start_broker().bootstrap_servers)
    create_topics(settings)
    said = race(lambda who: Writer(settings).begin(SuggestSettings(), canary_model=None, actor=who, now=now()))
    (only,) = records(settings)
    assert only.version == 0
    assert {record.hash for record in said.values() if isinstance(record, RolloutRecord)} == {only.hash}


def test_of_two_commands_at_once_one_wins_and_the_other_is_told_in_one_line(
    ledgermind: Run, kafka_settings: KafkaSettings
) -> None:
    before = records(kafka_settings)

    def command(operator: str) -> tuple[int, list[str]]:
        words = ["set", "0", "--actor", operator, "--reason", "a race", "--expect-version", str(before[-1].version)]
        variables = {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": kafka_settings.bootstrap_servers}
        done = ledgermind("rollout", *words, **variables)
        return done.returncode, done.stderr.splitlines()

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(command, OPERATORS[:2]))
    assert sorted(code for code, _ in said) == [0, RolloutRecordError.exit_code]
    (told,) = [lines for code, lines in said if code]
    assert len(told) == 1
    assert "somebody changed it" in told[0] or "another writer was faster" in told[0]
    after = records(kafka_settings)
    (winner,) = [operator for operator, (code, _) in zip(OPERATORS, said, strict=False) if code == 0]
    assert [record.actor for record in after[len(before) :]] == [winner]

"""A past window scored again: the same events, what another release would have said, and what is not as it was.

REPLAY_RECORDS sizes it; the figures of a large run are in docs/BENCHMARKS.md.
"""

import json
import math
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from confluent_kafka import Consumer, Producer
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from ops.kafka.topics import create_topics
from ops.local.broker import open_broker
from ops.local.postgres import Postgres
from ops.patience import patience_seconds, wait_for, wait_until_none_left
from ops.replay.differences import Identity
from ops.replay.run import Replayed
from ops.replay.window import LeftOut
from ops.simulation.simulate import simulate
from ops.warehouse.migrate import migrate
from schemas.contracts.topics import TRANSACTIONS
from schemas.crosswalks.crosswalk import brands
from schemas.events.rollout import ArmPolicy
from schemas.events.transaction import Transaction
from scorer.model.thresholds import Threshold, Thresholds
from scorer.release.manifest import THRESHOLDS
from streams.landing.consumer import landing_consumer
from streams.landing.loop import Landing
from streams.landing.settings import LandingSettings
from streams.process.codec import encode_event
from streams.rollout.change import Change
from streams.rollout.follower import read_history
from streams.rollout.writer import Writer
from streams.settings import KafkaSettings
from tests.conftest import Run
from tests.support.corrupt_releases import resealed
from tests.support.small_dataset import release, renamed, transactions
from tests.support.worker_processes import Worker
from trainer.release.registry import Registry

RECORDS = int(os.environ.get("REPLAY_RECORDS", "2000"))
pytestmark = [pytest.mark.integration, pytest.mark.timeout(900 + RECORDS / 10)]
OLD, BOLD, REFUSED = "202601010000-old", "202602010000-bold", "202603010000-refused"
POISON = 3  # and so many that become dead letters
MOVES = [
    None,  # record 0: the old release in shadow
    Change(actor="test", reason="a tenth", percent="10.00"),
    Change(actor="test", reason="another", percent="50.00", canary=ArmPolicy(BOLD)),
    Change(actor="test", reason="a champion", percent="30.00", control=ArmPolicy(OLD), canary=ArmPolicy(BOLD)),
    Change(actor="test", reason="no shadow", percent="20.00", shadow=False),
]
PART = RECORDS // len(MOVES)  # records under each rollout record
SLOW = Change(actor="test", reason="the model is slow", percent="60.00")
# What a rule asks of the day is asked where the transaction happened.
RULES = """
name: by-day
version: "1.0"
crosswalks:
  brands: {priority: 60, confidence: 0.88}
rules:
  - {id: sundays, category: Dining, priority: 20, confidence: 0.55, when: {weekday: sunday}}
  - {id: firsts, category: Fuel & Auto, priority: 10, confidence: 0.5, when: {day: 1}}
"""


@dataclass(frozen=True, slots=True)
class Story:
    """What is left when broker and worker are gone: the warehouse, the registry and the rules."""

    dsn: str
    registry: str
    rules_file: Path
    broker: str
    slow_from: str

    @property
    def variables(self) -> dict[str, str]:
        return {"LEDGERMIND_REGISTRY": self.registry, "LEDGERMIND_WORKER_RULES_FILE": str(self.rules_file)}


def past() -> list[Transaction]:
    """Return transactions of both kinds in turn, some of them from far west and far east of Greenwich."""
    known, _ = transactions(max(2_000, RECORDS // 2))
    start, users = datetime(2025, 3, 1, tzinfo=UTC), 60 * math.ceil(len(known) / 2_000)
    invented = islice(simulate(7, users=users, start=start, days=30, brands=brands()), len(known))
    mixed = [row for pair in zip(known, (one.transaction for one in invented), strict=True) for row in pair]
    zones = [UTC, timezone(timedelta(hours=-10)), timezone(timedelta(hours=13, minutes=45))]
    return [
        msgspec.structs.replace(row, occurred_at=row.occurred_at.astimezone(zones[number % 3]))
        for number, row in enumerate(mixed)
    ]


def bold() -> dict[str, bytes]:
    """Return a release that is sure of everything it says of words that it knows."""
    files = renamed(BOLD)
    thresholds = Thresholds.from_bytes(files[THRESHOLDS])
    bars = {category: Threshold(value=0.0) for category in thresholds.by_category}
    changed = msgspec.structs.replace(thresholds, by_category=bars).to_bytes()
    return resealed(files | {THRESHOLDS: changed})


def send(producer: Producer, rows: list[Transaction]) -> None:
    for number, row in enumerate(rows):
        producer.produce(TRANSACTIONS.name, encode_event(row), row.user_id.encode())
        producer.poll(0)
        if number < POISON:
            producer.produce(TRANSACTIONS.name, b"{", b"nobody")
    assert producer.flush(patience_seconds()) == 0


def count(dsn: str, table: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(f"select count(*) from raw.{table}".encode()).fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture(scope="module")
def story(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Run a worker and a landing through every move of the rollout, then end both."""
    folder = tmp_path_factory.mktemp("replay")
    release()  # trained before the clock runs
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute("create database replayed")
    dsn = make_conninfo(postgres.dsn, dbname="replayed")
    migrate(dsn)
    registry, rules_file, delay = Registry(str(folder / "registry")), folder / "rules.yml", folder / "delay"
    rules_file.write_text(RULES)
    registry.write(OLD, renamed(OLD))
    rows = past()
    with open_broker("embedded", directory=folder) as broker:
        kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers)
        create_topics(kafka)
        extra = {
            "LEDGERMIND_WORKER_RULES_FILE": str(rules_file),
            "LEDGERMIND_WORKER_MODEL_DELAY_FILE": str(delay),
            "LEDGERMIND_WORKER_MODEL_TIMEOUT_MS": "2000",
        }
        worker = Worker("replayed", broker.bootstrap_servers, folder / "worker.log", extra)
        settings = LandingSettings(postgres_dsn=SecretStr(dsn), session_timeout_ms=6_000)
        consumer = Consumer(landing_consumer(kafka, settings, embedded=True))
        landing, stop = Landing(consumer, kafka, settings, history=lambda: read_history(kafka)), threading.Event()
        thread = threading.Thread(target=landing.run, args=(stop,))
        producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "log_level": 0})

        def wait_until_landed(events: int) -> None:
            def left() -> int:
                assert worker.alive, worker.log.read_text()[-2_000:]
                return sum(max(0, events - count(dsn, table)) for table in ("suggestion_compare", "suggestion_events"))

            wait_until_none_left(left, "events to land")

        def move(change: Change) -> None:
            version = Writer(kafka).change(change, now=datetime.fromtimestamp(time.time(), UTC)).version
            wait_for(lambda: worker.metrics()["lm_rollout_version"] == version, f"record {version} in force")

        worker.start()
        thread.start()
        try:
            worker.wait_until_ready()
            registry.write(BOLD, bold())
            registry.write(REFUSED, renamed(REFUSED, verdict="REFUSED"))
            for number, change in enumerate(MOVES):
                if change is not None:
                    move(change)
                send(producer, rows[number * PART : (number + 1) * PART])
                wait_until_landed((number + 1) * PART)
            move(SLOW)
            slow_from = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds")  # a record's clock
            delay.write_text("2500")
            send(producer, rows[:1])
            wait_until_landed(len(MOVES) * PART + 1)
        finally:
            stop.set()
            thread.join(patience_seconds())
            worker.stop()
    yield Story(dsn, registry.location, rules_file, broker.bootstrap_servers, slow_from)
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute("drop database replayed with (force)")


@pytest.fixture
def changed(story: Story) -> Iterator[psycopg.Connection]:
    """Return a connection to a copy of the warehouse that a test may spoil."""
    with psycopg.connect(make_conninfo(story.dsn, dbname="postgres"), autocommit=True) as connection:
        connection.execute("create database spoilt template replayed")
        with psycopg.connect(make_conninfo(story.dsn, dbname="spoilt"), autocommit=True) as spoilt:
            yield spoilt
        connection.execute("drop database spoilt with (force)")


def replay(ledgermind: Run, story: Story, *words: str, exit_code: int = 0, dsn: str | None = None) -> dict[str, Any]:
    done = ledgermind("replay", "--json", "--dsn", dsn or story.dsn, *words, **story.variables)
    assert done.returncode == exit_code, done.stdout + done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.mark.slow
def test_a_replay_finds_the_very_events_that_were_written(ledgermind: Run, story: Story) -> None:
    found = replay(ledgermind, story)
    print(f"{found['per_second']:,.0f} a second; {found['identical']:,} of {found['read']:,} identical")  # noqa: T201
    total = len(MOVES) * PART
    assert (found["mode"], found["is_identical"], found["differing"]) == ("identity", True, 0)
    assert (found["read"], found["identical"]) == (total + 1, total)
    assert found["rollout_versions"] == {str(version): PART for version in range(len(MOVES))}
    assert found["left_out"] == {"timeout": 1}


def test_a_window_holds_the_records_of_its_time(ledgermind: Run, story: Story) -> None:
    early = replay(ledgermind, story, "--to", story.slow_from)
    late = replay(ledgermind, story, "--from", story.slow_from)
    assert (early["read"], early["left_out"]) == (len(MOVES) * PART, {})
    assert (late["read"], late["scored"], late["left_out"]) == (1, 0, {"timeout": 1})


def test_another_release_gives_a_report_that_adds_up(ledgermind: Run, story: Story) -> None:
    found = replay(ledgermind, story, "--release", BOLD, "--percent", "100")
    print(json.dumps({name: found[name] for name in ("read", "scored", "same", "changed", "by_source")}))  # noqa: T201
    total = len(MOVES) * PART
    assert (found["mode"], found["read"], found["scored"]) == ("what-if", total + 1, total)
    assert found["same"] + found["changed"] + found["refused"] == found["scored"]
    assert found["changed"] > 0
    for pairs in (found["by_source"], found["by_category"]):
        assert sum(pair["records"] for pair in pairs) == found["changed"]
    assert all(pair["before"] != pair["after"] for pair in found["by_category"])
    for side in (found["before"], found["after"]):
        assert sum(side["sources"].values()) == total
    before, after = found["before"], found["after"]
    assert after["asked"] == total
    assert 1.0 > after["coverage"] > before["coverage"] > 0.0  # wordings that no training saw are never accepted
    assert "TESCO" not in json.dumps(found).upper().replace("LAST", "")


def test_another_record_in_force_moves_the_arms_only(ledgermind: Run, story: Story) -> None:
    found = replay(ledgermind, story, "--rollout-version", "0", "--to", story.slow_from)
    assert found["rollout_versions"] == {"0": len(MOVES) * PART}
    assert found["after"]["sources"].get("model", 0) == 0  # nobody is in the canary of record 0
    assert found["before"]["sources"]["model"] > 0
    same = replay(ledgermind, story, "--release", OLD, "--rollout-version", "1", "--percent", "0")
    assert (same["after"]["sources"], same["after"]["asked"]) == (found["after"]["sources"], found["after"]["asked"])


def test_a_release_that_may_not_serve_is_not_asked_where_it_would(ledgermind: Run, story: Story) -> None:
    served = replay(ledgermind, story, "--release", REFUSED, "--percent", "100")
    assert (served["barred"], served["after"]["accepted"]) == ([REFUSED], 0)
    shadowed = replay(ledgermind, story, "--release", REFUSED, "--rollout-version", "0")
    assert shadowed["barred"] == []
    assert shadowed["after"]["accepted"] > 0


SPOILT = {
    "differs": "update raw.suggestion_events set confidence = confidence + 1e-16 where event_id = '{}'",  # one last bit
    "loses an answer": "update raw.suggestion_compare set answers = answers - 0 where event_id = '{}'",
    "not_written": "delete from raw.suggestion_compare where event_id = '{}'",
    "not_read": "delete from raw.transactions where source_partition || '-' || source_offset"
    " = substring('{}' from '[0-9]+-[0-9]+$')",
    "twice": "insert into raw.suggestion_events select (jsonb_populate_record(event, jsonb_build_object("
    "'source_offset', 10000000, 'taxonomy_version', '0.1'))).* from raw.suggestion_events as event"
    " where event_id = '{}'",
    "unreadable": "update raw.suggestion_events set category = 'Nonsense' where event_id = '{}'",
    "deleted": "update raw.transactions set deleted_at = now() where source_partition || '-' || source_offset"
    " = substring('{}' from '[0-9]+-[0-9]+$')",
}

VOLATILE = {"seconds": None, "per_second": None}
# The same events at other offsets; of the last one at a later time, too, as a producer that sends anew gives it.
REDELIVERED = """
insert into raw.{table}
select (jsonb_populate_record(event, jsonb_build_object(
    'source_offset', source_offset + 20000000, 'recorded_at', case when event_id = %(later)s then now()
    else recorded_at end
))).*
from raw.{table} as event where event_id in (%(once)s, %(later)s)
"""


@pytest.mark.slow
def test_events_that_were_delivered_again_are_the_same_events(
    ledgermind: Run, story: Story, changed: psycopg.Connection
) -> None:
    rows = changed.execute("select event_id from raw.suggestion_events order by event_id limit 2").fetchall()
    names = dict(zip(("once", "later"), (row[0] for row in rows), strict=True))
    for table in ("suggestion_events", "suggestion_compare"):
        assert changed.execute(REDELIVERED.format(table=table).encode(), names).rowcount == len(names)
    for window in ((), ("--to", story.slow_from), ("--from", story.slow_from)):
        again = replay(ledgermind, story, *window, dsn=changed.info.dsn)
        assert {**again, **VOLATILE} == {**replay(ledgermind, story, *window), **VOLATILE}


def test_what_was_changed_or_is_missing_is_found_and_named(
    ledgermind: Run, story: Story, changed: psycopg.Connection
) -> None:
    rows = changed.execute(
        "select event_id from raw.suggestion_events where source = 'model' and confidence < 1 limit %s", [len(SPOILT)]
    ).fetchall()
    for (event_id,), statement in zip(rows, SPOILT.values(), strict=True):
        assert changed.execute(statement.format(event_id).encode()).rowcount == 1
    found = replay(ledgermind, story, "--to", story.slow_from, exit_code=1, dsn=changed.info.dsn)
    assert (found["is_identical"], found["differing"]) == (False, 2)
    assert found["fields"] == {"suggestion.confidence": 1, "comparison.answers": 1}
    assert set(found["first_differing"]) == {rows[0][0], rows[1][0]}
    assert found["left_out"] == {"not_written": 1, "not_read": 1, "twice": 1, "unreadable": 1, "deleted": 1}
    assert found["identical"] == len(MOVES) * PART - len(SPOILT)


@pytest.mark.parametrize("reason", ["not_written", "not_read", "twice", "unreadable"])
def test_what_does_not_fit_together_is_never_called_identical(reason: str) -> None:
    whole = Replayed(outcome=Identity(identical=5), left_out=Counter({LeftOut.TIMEOUT: 3, LeftOut.DELETED: 1}))
    assert whole.is_identical
    whole.left_out[LeftOut[reason.upper()]] += 1
    assert not whole.is_identical


def test_the_day_of_a_transaction_is_the_day_where_it_happened(
    ledgermind: Run, story: Story, changed: psycopg.Connection
) -> None:
    changed.execute("update raw.transactions set occurred_offset_minutes = null")  # as before the column was there
    found = replay(ledgermind, story, exit_code=1, dsn=changed.info.dsn)
    assert found["differing"] > 0


def test_other_rules_are_a_difference_with_a_hint(ledgermind: Run, story: Story) -> None:
    done = ledgermind("replay", "--dsn", story.dsn, LEDGERMIND_REGISTRY=story.registry)
    assert done.returncode == 1
    assert "in suggestion.rules_version" in done.stdout
    assert "were written under rules by-day-1.0-" in " ".join(done.stdout.split())
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(["--from", "yesterday"], "--from: 'yesterday' is not a time", id="no time"),
        pytest.param(["--from", "2999-01-01"], "no transactions of the stream in this window", id="nothing there"),
        pytest.param(["--release", "202601010000-lost"], "202601010000-lost cannot be served", id="no such release"),
        pytest.param(["--rollout-version", "99"], "rollout version 99 has not landed", id="no such record"),
        pytest.param(["--percent", "101"], "'101' is not a share", id="no share"),
        pytest.param(["--rules-file", "gone.yml"], "gone.yml", id="no such rules"),
    ],
)
def test_what_cannot_be_replayed_is_one_line(ledgermind: Run, story: Story, words: list[str], says: str) -> None:
    done = ledgermind("replay", "--dsn", story.dsn, *words, **story.variables)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert says in line


def test_a_warehouse_without_tables_is_one_line(ledgermind: Run, database: str) -> None:
    done = ledgermind("replay", "--dsn", database)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "ledgermind warehouse migrate" in line

"""What a hint costs: the look-up in a batch with none and with a million of them, their memory, and their restoring."""

import subprocess
import sys
import time
from collections.abc import Callable

import msgspec
import pytest

from ops.kafka.publish import OutgoingRecord, publish
from ops.local.apache_kafka import ApacheKafka
from schemas.contracts.topics import HINTS as HINTS_TOPIC
from schemas.events.hint import hint_key
from streams.hints.follower import HintFollower
from streams.process.batch_types import Record
from streams.process.hints import HintTable
from streams.process.pipeline import decode
from streams.settings import KafkaSettings
from tests.benchmarks.stopwatch import Stopwatch, rounds
from tests.benchmarks.test_end_to_end import topics_on
from tests.benchmarks.traffic import records

pytestmark = pytest.mark.benchmark
HINTS = 1_000_000
RECORDS = 10_000
BATCH = 500
ROUNDS = 7
EVENT = (
    b'{"schema_version":"1.0","user_id":"%s","merchant_key":"%s","preference":"always","category":"Travel",'
    b'"created_at":"2026-05-01T12:00:00Z"}'
)
# In a process of its own: what Linux says of it is the table's alone.
MEMORY = """
import sys
import time
from pathlib import Path
from streams.process.hints import HintTable
from tests.benchmarks.test_hints import fill

def resident():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024

before, began = resident(), time.perf_counter()
table = fill(HintTable(), each=int(sys.argv[1]))
print(f"{resident() - before:.0f} {time.perf_counter() - began:.1f}")
"""


def of_user(record: Record, user: str) -> bytes:
    """Return a transaction as another user's."""
    return msgspec.json.encode(msgspec.json.decode(record.value or b"") | {"user_id": user})


def never(error: BaseException) -> None:
    """Take no error: a follower that goes on has none."""
    raise error


def fill(table: HintTable, *, each: int = 10) -> HintTable:
    """Apply a million hints, ``each`` of them one user's, for 50,000 merchants."""
    for number in range(HINTS):
        table.apply(*record_of(number, each=each), offset=number)
    assert len(table) == HINTS
    return table


def record_of(number: int, *, each: int) -> tuple[bytes, bytes]:
    """Return key and value of one hint."""
    user, merchant = f"user-{number // each:08}", f"merchant {number % 50_000} luna"
    return hint_key(user, merchant), EVENT % (user.encode(), merchant.encode())


def test_looking_hints_up_beside_decoding() -> None:
    batches = {"of users without one": records(RECORDS)}
    batches["of users with ten each"] = [
        msgspec.structs.replace(one, key=(user := b"user-%08d" % (number * 7)), value=of_user(one, user.decode()))
        for number, one in enumerate(batches["of users without one"])
    ]
    tables = {"no hint": HintTable(), "a million hints": fill(HintTable())}
    watch = Stopwatch()

    def run() -> int:
        for start in range(0, RECORDS, BATCH):
            for whose, traffic in batches.items():
                with watch.lap(f"decode, {whose}"):
                    decoded = decode(traffic[start : start + BATCH])
                assert len(decoded.records) == BATCH
                for name, table in tables.items():
                    with watch.lap(f"pin {name}, {whose}"):
                        table.pin(decoded)
        return RECORDS

    rounds(ROUNDS, run, watch)
    for name, seconds in watch.medians().items():
        print(f"{name:44} {seconds * 1e6:8.3f} µs a record")


@pytest.mark.kafka
def test_a_million_hints_are_restored_from_kafka(start_kafka: Callable[[], ApacheKafka]) -> None:
    kafka = KafkaSettings(bootstrap_servers=topics_on(start_kafka()))
    sent = (OutgoingRecord(HINTS_TOPIC.name, *record_of(number, each=10)) for number in range(HINTS))
    assert publish(sent, kafka=kafka, topics=(HINTS_TOPIC,)).delivered == HINTS
    began = time.monotonic()
    follower = HintFollower(kafka, limit=HINTS, fail=never)
    follower.start()
    follower.wait_until_read()
    seconds = time.monotonic() - began
    pinned = follower.pin(decode(records(1)))
    follower.stop()
    print(f"\n{HINTS:,} hints restored from Kafka in {seconds:.1f} s, {HINTS / seconds:,.0f} a second")
    assert pinned.position == HINTS


@pytest.mark.parametrize("each", [1, 2, 10])
def test_a_million_hints_in_memory(each: int) -> None:
    done = subprocess.run([sys.executable, "-c", MEMORY, str(each)], capture_output=True, text=True, check=True)
    mebibytes, seconds = done.stdout.split()
    print(f"\n{HINTS:,} hints, {each} a user: {mebibytes} MiB, decoded and applied in {seconds} s")
    assert float(mebibytes) <= 250

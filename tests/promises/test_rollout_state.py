"""What lies on rollout-state beside the rollout's own records ends nobody, and all go on agreeing."""

import hashlib
import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from ops.patience import patience_seconds, wait_for
from tests.promises.events import payment
from tests.promises.passed_release import write_lying_release
from tests.promises.program import Program
from tests.promises.stack import Stack

TOPIC = "rollout-state"
VERSION, PERCENT = "lm_rollout_version", "lm_rollout_percent"
FINDINGS, UNREADABLE = "lm_rollout_findings", "lm_rollout_unreadable"


@pytest.fixture(scope="module")
def started(kafka_stack: Stack) -> Iterator[Stack]:
    """Return a stack with a rollout of three records and a landing."""
    kafka_stack.succeed("rollout", "init")
    for share in ("10", "20"):
        kafka_stack.set_share(share)
    with kafka_stack.landing():
        yield kafka_stack


@pytest.fixture(scope="module")
def early(started: Stack) -> Iterator[Program]:
    """Return a worker that sees everything as it is written."""
    with started.worker("early") as worker:
        yield worker


@pytest.fixture
def workers(started: Stack, early: Program) -> Iterator[list[Program]]:
    """Return the early worker and one that starts now: both must agree."""
    with started.worker("late") as late:
        yield [early, late]


def write(stack: Stack, *records: tuple[bytes | None, bytes | None]) -> None:
    """Write records of any key and value, as anybody with the right to write could."""
    producer = Producer({"bootstrap.servers": stack.bootstrap_servers, "log_level": 0, "message.max.bytes": 2_000_000})
    for key, value in records:
        producer.produce(TOPIC, value, key, partition=0)
    assert producer.flush(patience_seconds()) == 0


def sealed(record: dict[str, Any]) -> bytes:
    """Return a record under the hash of its canonical JSON: sorted keys, no space, without ``hash`` itself."""
    fields = {name: value for name, value in record.items() if name != "hash"}
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return json.dumps(fields | {"hash": hashlib.sha256(canonical).hexdigest()}).encode()


def chain(stack: Stack) -> list[dict[str, Any]]:
    """Return the rollout's own records as history shows them, acts beside the rollout included."""
    found = stack.succeed("rollout", "history", "--all", "--json").json
    return list(found) if isinstance(found, list) else [found]


def following(stack: Stack, **changes: object) -> dict[str, Any]:
    """Return the fields of the record that would follow the newest one."""
    last = chain(stack)[-1]
    nothing = {"verdict": None, "evidence": None}
    return last | nothing | {"version": last["version"] + 1, "prev_hash": last["hash"]} | changes


def sample(worker: Program, name: str) -> float:
    return worker.metrics().get(name, math.nan)


def agree(workers: list[Program], record: dict[str, Any]) -> bool:
    """Whether every worker serves this record."""
    served = [(sample(one, VERSION), sample(one, PERCENT)) for one in workers]
    return served == [(record["version"], float(record["percent"]))] * len(workers)


@pytest.mark.slow
@pytest.mark.promise("ledgermind rollout history --all lists the act.", "ledgermind dlq requeue --help")
@pytest.mark.promise(
    "Also list acts of operators: pause, resume, requeue, reset, repair.", "ledgermind rollout history --help"
)
def test_an_operators_act_is_a_link_of_the_chain_and_moves_nobody(started: Stack, workers: list[Program]) -> None:
    before = chain(started)
    started.score([payment(0, amount="ten", txn_id="to-be-requeued")])
    started.succeed("dlq", "requeue", "--all", "--note", "the producer is mended", "--actor", "ada")
    *_, act = chain(started)
    assert (act["version"], act["prev_hash"]) == (before[-1]["version"] + 1, before[-1]["hash"])
    assert (act["actor"], act["reason"]) == ("ada", "the producer is mended")
    assert act["act"] == {"kind": "requeue", "details": {"records": "1", "reasons": "all"}}
    moved = ("percent", "control", "canary", "shadow", "salt")
    assert [act[name] for name in moved] == [before[-1][name] for name in moved]
    wait_for(lambda: agree(workers, act), "the act at every worker")
    assert "requeue records=1" in " ".join(started.succeed("rollout", "history", "--all").stdout.split())
    assert act["hash"] not in started.succeed("rollout", "history", "--json").stdout
    assert started.run("rollout", "verify").code == 0


@pytest.mark.slow
@pytest.mark.promise(
    "Every program skips a record that is not a rollout record or does not continue the chain, and logs it. "
    "Such records are counted in `lm_rollout_findings` and named by `ledgermind rollout verify`.",
    "docs/ML_CANARY_DEPLOYMENT.md",
)
@pytest.mark.promise(
    "Append a record that answers the findings of rollout verify; it changes nobody's share.",
    "ledgermind rollout repair --help",
)
def test_garbage_on_the_topic_ends_nobody_and_changes_nobodys_answer(started: Stack, workers: list[Program]) -> None:
    first, second, *_, last = chain(started)
    garbage = [
        b"hello", b"", None, b"null", b"[]", b'{"version": 3}', b"\xff\xfe", b"[" * 50_000, b"9" * 5_000,
        b'{"version":1e999}', b"x" * 1_000_000, json.dumps(last).encode(), json.dumps(first).encode(),
        json.dumps(last | {"percent": "99.00"}).encode(),
        sealed(last | {"version": last["version"] + 7}),
        sealed(following(started, prev_hash="0" * 64)),
        sealed(second | {"reason": "another second"}),
    ]  # fmt: skip
    before = len(started.sql("select * from raw.rollout_decisions"))
    write(started, *((b"default/3", value) for value in garbage), (b"other/9", b"{}"), (None, b"no key"))
    count = len(garbage) + 2
    wait_for(lambda: {sample(one, FINDINGS) for one in workers} == {count}, "findings at every worker")
    assert chain(started)[-1] == last
    refused = started.run("rollout", "verify")
    assert (refused.code, len(refused.stderr.strip().splitlines())) == (8, 1)
    assert "it is no JSON" in refused.stderr

    moved = started.set_share("30")
    assert started.succeed("rollout", "status", "--json").json["version"] == moved["version"] == last["version"] + 1
    with started.worker("latest") as latest:
        everybody = [*workers, latest]
        wait_for(lambda: agree(everybody, moved), "the next record at every worker")
        sent = started.score([payment(number, txn_id=f"garbage-{number}") for number in range(50)])
        answers = [one for one in started.read("suggestions") if one.input_address in sent]
        assert sorted(one.input_address for one in answers) == sorted(sent)
        assert {one.json["rollout_version"] for one in answers} == {moved["version"]}
        back = started.succeed("rollout", "rollback", "--reason", "complaints", "--json").json
        wait_for(lambda: agree(everybody, back), "rollback at every worker")
        repaired = started.succeed("rollout", "repair", "--reason", "a test wrote there", "--json").json
        assert (repaired["percent"], repaired["act"]["kind"]) == (back["percent"], "repair")
        wait_for(lambda: agree(everybody, repaired), "the repair at every worker")
        assert {sample(one, FINDINGS) for one in everybody} == {0}
    assert started.succeed("rollout", "verify", "--json").json["head"] == repaired["hash"]

    started.wait_until_landed(TOPIC)
    landed = started.sql("select version, record ->> 'hash' from raw.rollout_decisions order by source_offset")
    assert landed == [(one["version"], one["hash"]) for one in chain(started)]
    rejected = started.sql("select count(*) from raw.rejects where source_topic = %s", TOPIC)
    assert rejected == [(count,)]
    assert before <= len(landed)


@pytest.mark.promise(
    "If a record continues the chain but a worker cannot read its format, control serves all users.",
    "docs/ML_CANARY_DEPLOYMENT.md",
)
@pytest.mark.promise(
    "`ledgermind rollout rollback` works whatever records the topic holds.", "docs/ML_CANARY_DEPLOYMENT.md"
)
def test_a_linked_record_of_another_format_takes_everybody_to_control(started: Stack, workers: list[Program]) -> None:
    shared = started.set_share("60")
    wait_for(lambda: agree(workers, shared), "60 % at every worker")
    newer = following(started, percent="70.00", segments={"gold": "100.00"})
    write(started, (f"default/{newer['version']}".encode(), sealed(newer)))
    wait_for(lambda: agree(workers, newer | {"percent": "0"}), "control for everybody")
    assert {sample(one, UNREADABLE) for one in workers} == {1}
    sent = started.score([payment(number, txn_id=f"closed-{number}") for number in range(50)])
    answers = [one.json for one in started.read("suggestions") if one.input_address in sent]
    assert {one["arm"] for one in answers} == {"control"}
    status = started.succeed("rollout", "status", "--json").json
    assert (status["version"], status["percent"]) == (newer["version"], "0.00")
    refused = started.run("rollout", "set", "80", "--reason", "on", "--override", "a test")
    assert (refused.code, len(refused.stderr.strip().splitlines())) == (8, 1)
    assert "the field segments" in refused.stderr
    assert "a format that this version cannot read" in started.run("rollout", "verify").stderr

    back = started.succeed("rollout", "rollback", "--reason", "complaints", "--json").json
    assert back["version"] == newer["version"] + 1
    wait_for(lambda: agree(workers, back), "rollback at every worker")
    assert {sample(one, UNREADABLE) for one in workers} == {0}
    started.succeed("rollout", "repair", "--reason", "a newer version wrote it")
    assert started.run("rollout", "verify").code == 0
    started.wait_until_landed(TOPIC)
    landed = started.sql("select version, percent::text from raw.rollout_decisions order by version desc limit 3")
    assert [version for version, _ in landed] == [back["version"] + 1, back["version"], newer["version"]]


@pytest.mark.slow
@pytest.mark.promise(
    "Whatever fails while it is read or tried out refuses it with one line, and ends neither a worker nor a command;",
    "docs/BAD_INPUT.md",
)
@pytest.mark.promise(
    "If a worker cannot load the release of a record, it follows the previous record, also after a restart.",
    "docs/ML_CANARY_DEPLOYMENT.md",
)
def test_a_release_that_lies_ends_nobody_and_a_rollback_frees_from_it(started: Stack, workers: list[Program]) -> None:
    lying = write_lying_release(started.registry)
    served = started.set_share("35")
    wait_for(lambda: agree(workers, served), "35 % at every worker")
    refused = started.run("rollout", "set", "40", "--canary", lying, "--reason", "it passed", "--override", "a test")
    assert (refused.code, len(refused.stderr.strip().splitlines())) == (3, 1)
    assert "vocabulary.npz" in refused.stderr
    for words in (("verify-calibrator",), ("registry", "promote", lying, "--reason", "x", "--no-warehouse")):
        done = started.run(*words)
        assert done.code in (1, 3), done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        assert "Error" not in done.stdout + done.stderr

    named = following(started, canary={"model_version": lying}, percent="45.00")
    write(started, (f"default/{named['version']}".encode(), sealed(named)))
    refusals = 'lm_ml_release_loads_total{result="refused"}'
    wait_for(lambda: all(sample(one, refusals) > 0 for one in workers), "refusal at every worker")
    with started.worker("started-under-it") as late:
        everybody = [*workers, late]
        wait_for(lambda: agree(everybody, served), "the record before it at every worker")
        started.score([payment(number, txn_id=f"lying-{number}") for number in range(20)])
        back = started.succeed("rollout", "rollback", "--reason", "it does not load", "--json").json
        wait_for(lambda: agree(everybody, back), "rollback at every worker")
        assert all(one.runs for one in everybody)
    started.succeed("rollout", "set", "0", "--canary", "", "--reason", "no release at all")


@pytest.mark.promise(
    "If retention removed the first records, programs start with the remaining ones, and "
    "`ledgermind rollout verify` reports it.",
    "docs/ML_CANARY_DEPLOYMENT.md",
)
def test_a_lost_beginning_is_a_finding_and_no_refusal_to_start(started: Stack) -> None:
    kept = started.set_share("40")
    last = started.set_share("50")
    (at,) = [one.offset for one in started.read(TOPIC) if one.value and b"hash" in one.value and one.json == kept]
    admin = AdminClient({"bootstrap.servers": started.bootstrap_servers, "log_level": 0})
    for removed in admin.delete_records([TopicPartition(TOPIC, 0, at)]).values():
        removed.result(patience_seconds())
    with started.worker("after-retention") as worker:
        wait_for(lambda: agree([worker], last), "what is left at a worker that starts now")
        refused = started.run("rollout", "verify")
        assert refused.code == 8
        assert f"records 0 to {kept['version'] - 1} are gone" in refused.stderr
        moved = started.set_share("55")
        wait_for(lambda: agree([worker], moved), "the next record")
        started.succeed("rollout", "repair", "--reason", "the topic expired records for a week")
    assert started.run("rollout", "verify").code == 0

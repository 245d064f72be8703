"""What a user's hint promises: it is served within a second, wins, is taken back, and outlives a worker."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from confluent_kafka import Producer

from ops.patience import crowding, patience_seconds, wait_for
from tests.promises.events import payment, written
from tests.promises.program import Program
from tests.promises.stack import Stack

LINE = "SQ *CAFE LUNA 0042 BERLIN"


@pytest.fixture(scope="module")
def worker(stack: Stack) -> Iterator[Program]:
    with stack.worker() as running:
        yield running


def served(stack: Stack, user: str, txn: str, description: str = LINE) -> dict[str, Any]:
    """Score one transaction of a user and return its suggestion."""
    (address,) = stack.score([payment(0, description, user_id=user, txn_id=txn)])
    return next(one.json for one in stack.read("suggestions") if one.input_address == address)


def write(stack: Stack, key: str, value: str | None) -> None:
    """Write a record to user-hints, as an application does that knows nothing of partitions."""
    producer = Producer({"bootstrap.servers": stack.bootstrap_servers, "log_level": 0})
    producer.produce("user-hints", value, key)
    assert producer.flush(patience_seconds()) == 0


@pytest.mark.promise("A worker applies a hint to the records that come a second after it, or later.", "docs/HINTS.md")
def test_a_hint_is_served_a_second_later(stack: Stack, worker: Program) -> None:
    stack.succeed("hint", "set", "--user", "ann", "--merchant", "cafe luna", "--always", "Travel")
    time.sleep(crowding())  # the second that is promised
    suggestion = served(stack, "ann", "ann-1")
    assert (suggestion["category"], suggestion["source"], suggestion["confidence"]) == ("Travel", "hint", 1.0)
    assert [one["kind"] for one in suggestion["explanations"]] == ["hint"]
    assert suggestion["hints_position"] >= 1
    (compared,) = [one.json for one in stack.read("suggestion-compare") if one.json["txn_id"] == "ann-1"]
    assert compared["served_source"] == "hint"
    assert served(stack, "bea", "bea-1")["source"] != "hint"
    assert worker.metrics()['lm_ml_predictions_total{arm="control",source="hint"}'] == 1


@pytest.mark.promise("A hint against a category takes it from whoever would name it.", "docs/HINTS.md")
def test_a_category_that_a_user_never_wants_is_not_served(stack: Stack, worker: Program) -> None:
    tesco = "TESCO STORES 3021"
    before = served(stack, "cleo", "cleo-1", tesco)
    assert before["category"] is not None
    event = {
        "schema_version": "1.0",
        "user_id": "cleo",
        "merchant_key": "tesco",
        "preference": "never",
        "category": before["category"],
        "created_at": "2026-05-01T12:00:00Z",
    }
    write(stack, "cleo\x1ftesco", json.dumps(event))
    wait_for(lambda: "cleo, tesco" in stack.succeed("hint", "list").stdout, "the hint")
    time.sleep(crowding())
    after = served(stack, "cleo", "cleo-2", tesco)
    assert after["category"] is None
    assert before["category"] not in [one["category"] for one in after["candidates"]]
    assert after["explanations"][-1]["kind"] == "hint"
    stack.succeed("hint", "remove", "--user", "cleo", "--merchant", tesco)
    time.sleep(crowding())
    assert served(stack, "cleo", "cleo-3", tesco)["category"] == before["category"]


@pytest.mark.promise("A worker reads all hints before its first batch.", "docs/HINTS.md")
def test_a_worker_that_was_killed_knows_every_hint_again(stack: Stack) -> None:
    rows = "".join(f"dora-{number},{LINE},always,Travel\n" for number in range(200))
    (stack.folder / "hints.csv").write_text(f"user_id,merchant,preference,category\n{rows}")
    stack.succeed("hint", "import", "hints.csv")
    with stack.worker("killed", LEDGERMIND_WORKER_GROUP="ledgermind-worker-killed") as first:
        first.process.kill()
        first.process.wait()
    sent = stack.publish(
        "transactions", [payment(n, LINE, user_id=f"dora-{n}", txn_id=f"dora-{n}") for n in range(200)]
    )
    with stack.worker("again", LEDGERMIND_WORKER_GROUP="ledgermind-worker-killed"):
        stack.wait_until_scored("ledgermind-worker-killed")
    answers = [one.json for one in stack.read("suggestions") if one.input_address in set(sent)]
    assert answers
    assert {one["source"] for one in answers} == {"hint"}


@pytest.mark.slow
@pytest.mark.promise("`ledgermind replay` rebuilds from `raw.user_hints` what a batch knew.", "docs/HINTS.md")
def test_a_replay_finds_the_events_that_hints_made(stack: Stack, worker: Program) -> None:
    began = written(datetime.fromtimestamp(time.time(), UTC))  # before it another group has answered, too
    for number in range(3):
        stack.succeed("hint", "set", "--user", "emil", "--merchant", "cafe luna", "--always", "Travel")
        time.sleep(crowding())
        assert served(stack, "emil", f"emil-hinted-{number}")["source"] == "hint"
        stack.succeed("hint", "remove", "--user", "emil", "--merchant", "cafe luna")
        time.sleep(crowding())
        assert served(stack, "emil", f"emil-plain-{number}")["source"] != "hint"
    with stack.landing():
        stack.wait_until_landed("transactions", "suggestions", "suggestion-compare", "rollout-state", "user-hints")
    replayed = stack.succeed("replay", "--from", began, "--json").json
    assert replayed["is_identical"]
    assert replayed["scored"] == 6
    assert stack.sql("select count(distinct hints_position) from raw.suggestion_events where user_id = 'emil'") == [
        (6,)
    ]


@pytest.mark.promise("all of it, or nothing where a row is wrong", "ledgermind hint import --help")
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param(("set", "--user", "u", "--merchant", "cafe"), 2, "--always and --never", id="neither"),
        pytest.param(("set", "--user", "u", "--merchant", "***", "--never", "Travel"), 2, "no words", id="no merchant"),
        pytest.param(("import", "none.csv"), 2, "none.csv", id="no file"),
        pytest.param(("import", "bad.csv"), 3, "nothing was set", id="a wrong row"),
    ],
)
def test_what_is_no_hint_is_refused_in_one_line(
    stack: Stack, arguments: tuple[str, ...], code: int, words: str
) -> None:
    rows = "fay,cafe,always,Travel\nfay,cafe,sometimes,Travel\n"
    (stack.folder / "bad.csv").write_text(f"user_id,merchant,preference,category\n{rows}")
    done = stack.run("hint", *arguments)
    assert (done.code, words in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr
    assert "0 hints" in stack.succeed("hint", "list", "--user", "fay").stdout


@pytest.mark.promise("A worker does not start with more hints than `LEDGERMIND_WORKER_MAX_HINTS`.", "docs/HINTS.md")
def test_too_many_hints_are_a_refusal_that_says_by_how_many(stack: Stack) -> None:
    rows = "".join(f"gus-{number},cafe,never,Travel\n" for number in range(12))
    (stack.folder / "many.csv").write_text(f"user_id,merchant,preference,category\n{rows}")
    stack.succeed("hint", "import", "many.csv")
    count = len(stack.succeed("hint", "list", "--json").stdout.splitlines())
    limit = count - 5
    with stack.starting_worker("full", LEDGERMIND_WORKER_MAX_HINTS=str(limit)) as running:
        code = running.process.wait(patience_seconds())
        assert code == 2
        assert f"{count:,} hints, 5 more than LEDGERMIND_WORKER_MAX_HINTS={limit}" in running.log.read_text()

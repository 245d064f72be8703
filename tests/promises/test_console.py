"""What the console promises: it shows what is so within seconds, names who is away, and changes nothing."""

import json
import queue
import re
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from ops.patience import patience_seconds, scale, wait_for
from tests.promises.console_program import started_console
from tests.promises.events import payment
from tests.promises.passed_release import write_passed_release
from tests.promises.program import Program
from tests.promises.stack import Stack

NOWHERE = "127.0.0.1:1"


@pytest.fixture(scope="module")
def worker(stack: Stack) -> Iterator[Program]:
    """Return a worker that has scored payments, with a canary at 10 %."""
    write_passed_release(stack.registry)
    stack.succeed("rollout", "init")
    stack.set_share("10")
    with stack.worker(LEDGERMIND_WORKER_MODEL_TIMEOUT_MS="5000") as running:
        yield running


@pytest.fixture(scope="module")
def console(stack: Stack, worker: Program) -> Iterator[Program]:
    """Return a console that has asked each of its sources once; one of its workers does not exist."""
    with started_console(stack, "--worker", worker.url, "--worker", f"http://{NOWHERE}") as running:
        yield running


def events(console: Program) -> "queue.Queue[tuple[float, str]]":
    """Return what the stream of changes tells from now on: when it came, in epoch seconds, and the data."""
    told: queue.Queue[tuple[float, str]] = queue.Queue()

    def listen() -> None:
        with urllib.request.urlopen(f"{console.url}/events", timeout=patience_seconds()) as stream:
            for line in stream:
                if line.startswith(b"data: "):
                    told.put((time.time(), line[6:].decode()))

    threading.Thread(target=listen, daemon=True).start()
    told.get(timeout=patience_seconds())  # the whole page, at first
    return told


@pytest.mark.promise("A change of the rollout record is on the page within two seconds.", "docs/CONSOLE.md")
def test_a_share_that_is_moved_is_seen_within_two_seconds(stack: Stack, console: Program) -> None:
    told = events(console)
    for share in ("25", "0"):
        stack.set_share(share)
        written = stack.read("rollout-state")[-1].timestamp_ms / 1_000
        seen = None
        while seen is None:
            at, data = told.get(timeout=patience_seconds())
            if f'class="big">{share} %<' in json.loads(data)["sections"].get("rollout", ""):
                seen = at
        assert seen - written < 2 * scale()
        assert f">{share} %<" in console.page("/")[1]


@pytest.mark.promise(
    "A source that does not answer is named on the page, and the rest of the page stays.", "docs/CONSOLE.md"
)
@pytest.mark.promise(
    "A source that does not answer is named on the page, and the rest of the page stays.", "ledgermind console --help"
)
def test_a_worker_that_is_away_is_named_and_the_others_are_one_picture(stack: Stack, console: Program) -> None:
    stack.score(payment(number, txn_id=f"seen-{number}") for number in range(40))
    wait_for(lambda: "Nothing was served in this window" not in console.page("/")[1], "what was served")
    text = console.page("/")[1]
    assert f"no metrics at http://{NOWHERE}" in text
    assert "does not answer" in text
    assert "Transactions a second" in text
    assert '<span class="state good">ready</span>' in text


@pytest.mark.promise(
    "Without a broker the page shows what workers and Prometheus say; without workers it shows the rollout record.",
    "docs/CONSOLE.md",
)
@pytest.mark.promise(
    "Every source has a deadline of 2.5 seconds, and no page waits longer than three seconds.", "docs/CONSOLE.md"
)
def test_a_console_without_kafka_and_postgres_shows_its_worker_and_waits_for_nobody(
    stack: Stack, worker: Program
) -> None:
    away = {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": NOWHERE, "LEDGERMIND_POSTGRES_DSN": f"postgresql://{NOWHERE}/none"}
    with started_console(stack, "--worker", worker.url, **away) as console:
        begun = time.monotonic()
        text = console.page("/")[1]
        assert time.monotonic() - begun < 3 * scale()
    assert NOWHERE in text
    assert "rollout-state cannot be read" in text
    assert "Transactions a second" in text


@pytest.mark.promise(
    "The content security policy allows no inline script, no inline style and no other host.", "docs/CONSOLE.md"
)
@pytest.mark.promise("The console only reads", "docs/CONSOLE.md")
@pytest.mark.promise("on loopback it answers only requests that name this machine", "docs/CONSOLE.md")
def test_the_console_takes_no_order_and_no_other_name(console: Program) -> None:
    place = urlsplit(console.url).netloc
    for method, path, host, status in (
        ("GET", "/", place, 200),
        ("GET", "/", "evil.example", 421),
        ("POST", "/", place, 405),
        ("DELETE", "/events", place, 405),
        ("GET", "/static/../settings.py", place, 404),
        ("GET", "/nothing", place, 404),
    ):
        connection = HTTPConnection(place, timeout=patience_seconds())
        connection.request(method, path, headers={"Host": host})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        assert answer.status == status, (method, path, body)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        assert "Traceback" not in body
    text = console.page("/")[1]
    assert "style=" not in text
    assert "<script>" not in text
    assert re.findall(r'(?:src|href|action)="(?:[a-z]+:|//)', text) == []


@pytest.mark.promise(
    "every rollout record, the hash chain verified, every verdict computed again from its evidence", "docs/CONSOLE.md"
)
def test_the_history_is_verified_and_a_forged_record_is_named(stack: Stack, console: Program) -> None:
    hostile = "<script>alert('x')</script> \u202egnirts"
    stack.succeed("rollout", "set", "7", "--reason", hostile, "--override", "a test")
    text = console.page("/history")[1]
    last = stack.read("rollout-state")[-1]
    assert f"The hash chain of {last.json['version'] + 1} records is unbroken" in text
    assert last.json["hash"] in text
    assert "&lt;script&gt;alert" in text
    assert "<script>alert" not in text
    forged = last.json | {"version": last.json["version"] + 1, "percent": "99.00", "prev_hash": last.json["hash"]}
    ((_, offset),) = stack.publish("rollout-state", [forged])
    said = stack.run("rollout", "verify")
    text = console.page("/history")[1]
    assert said.code == 8
    assert "The history is not whole" in text
    assert f"offset {offset}: " in text
    assert "99 %" not in text

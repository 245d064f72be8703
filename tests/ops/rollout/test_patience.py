"""A look waits no longer than it may, whoever it waits for, and says for whom."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from ops.errors import OpsError
from ops.rollout.patience import Patience
from ops.rollout.sources.windows import FromPrometheus

SECONDS = 1.0
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"


@pytest.fixture(params=["never answers", "answers a byte at a time"])
def prometheus(request: pytest.FixtureRequest) -> Iterator[str]:
    """Return the address of a server that takes the question and does not come to an end with its answer."""
    over = threading.Event()

    def drip(line: socket.socket) -> None:
        line.sendall(HEAD)
        while not over.wait(0.1):
            try:
                line.sendall(b" ")
            except OSError:
                return

    def serve() -> None:
        while not over.is_set():
            try:
                line, _ = listening.accept()
            except OSError:
                return
            lines.append(line)
            if request.param.startswith("answers"):
                threading.Thread(target=drip, args=(line,), daemon=True).start()

    lines: list[socket.socket] = []
    listening = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    over.set()
    for one in (listening, *lines):
        one.close()


def test_a_prometheus_that_does_not_end_its_answer_is_given_up_and_named(prometheus: str) -> None:
    source, began = FromPrometheus(prometheus, patience=Patience(SECONDS)), time.monotonic()
    with pytest.raises(OpsError, match="Prometheus does not answer"):
        source.recent(60)
    with pytest.raises(OpsError, match="the timeout of 1 s had passed; look at --timeout"):
        source.rates(60)
    assert time.monotonic() - began < 10 * SECONDS


def test_patience_counts_all_waits_of_a_look_together_and_begins_anew_with_the_next() -> None:
    now = [0.0]
    patience = Patience(10, clock=lambda: now[0])
    assert patience.left("Kafka", most=3) == 3
    now[0] = 8
    assert patience.left("Postgres", most=3) == 2
    now[0] = 11
    with pytest.raises(OpsError, match="Postgres was not asked: the timeout of 10 s had passed"):
        patience.left("Postgres")
    patience.begin()
    assert patience.left("Postgres") == 10

"""Looked at again and again, workers give windows; one that starts anew takes nothing away."""

from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry, Counter, start_http_server

from ops.errors import OpsError
from ops.judge.patience import Patience
from ops.judge.workers import Workers
from ops.ports import free_port

NAME = "lm_stream_transactions_total"


class Page:
    """A /metrics page with one counter, which can begin again at nothing as after a restart."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.restart()
        port = free_port()
        self._server, self._thread = start_http_server(port, "127.0.0.1", self.registry)
        self.url = f"http://127.0.0.1:{port}"

    def restart(self) -> None:
        for collector in list(self.registry._collector_to_names):
            self.registry.unregister(collector)
        self.counter = Counter(NAME, "x", registry=self.registry)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def pages() -> Iterator[list[Page]]:
    both = [Page(), Page()]
    yield both
    for page in both:
        page.close()


def test_a_window_is_what_was_added_in_it_by_all_workers(pages: list[Page]) -> None:
    workers = Workers([page.url for page in pages], keep_seconds=100, patience=Patience(60))
    pages[0].counter.inc(1_000)  # before anybody looked
    for at, more in ((0, 0), (60, 5), (120, 7)):
        pages[0].counter.inc(more)
        pages[1].counter.inc(2 * more)
        workers.look(at)
    added, seconds = workers.added(seconds=60)
    assert (added.total(NAME), seconds) == (21, 60)
    added, seconds = workers.added(seconds=59.5)
    assert (added.total(NAME), seconds) == (21, 60)  # a look takes its time: a window is never empty for that
    added, seconds = workers.added(seconds=10_000)
    assert (added.total(NAME), seconds) == (36, 120)


def test_what_is_older_than_it_keeps_is_forgotten(pages: list[Page]) -> None:
    workers = Workers([pages[0].url], keep_seconds=100, patience=Patience(60))
    for at in range(0, 300, 60):
        pages[0].counter.inc()
        workers.look(at)
    added, seconds = workers.added(seconds=10_000)
    assert (added.total(NAME), seconds) == (2, 120)


def test_a_worker_that_starts_anew_takes_nothing_away(pages: list[Page]) -> None:
    workers = Workers([pages[0].url], keep_seconds=1_000, patience=Patience(60))
    pages[0].counter.inc(50)
    workers.look(0)
    pages[0].counter.inc(5)
    workers.look(1)
    pages[0].restart()
    pages[0].counter.inc(3)
    workers.look(2)
    assert workers.added(seconds=100)[0].total(NAME) == 8


def test_a_worker_that_is_away_is_named_and_the_next_look_goes_on(pages: list[Page]) -> None:
    workers = Workers([pages[0].url, "http://127.0.0.1:1"], keep_seconds=100, patience=Patience(60))
    with pytest.raises(OpsError, match=r"no metrics at http://127\.0\.0\.1:1"):
        workers.look(0)
    assert not workers.has_looked

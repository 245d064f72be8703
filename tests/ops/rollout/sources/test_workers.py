"""Looked at again and again, workers give windows; one that starts anew takes nothing away."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server

from ops.errors import OpsError
from ops.local.ports import free_port
from ops.rollout.patience import Patience
from ops.rollout.sources.workers import Workers

NAME = "lm_stream_transactions_total"


class Page:
    """A /metrics page with one counter, which can begin again at nothing as after a restart."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.restart()
        port = free_port()
        self._server, self._thread = start_http_server(port, "127.0.0.1", self.registry)
        self.url = f"http://127.0.0.1:{port}"

    def restart(self, *, started: float = 0.0) -> None:
        for collector in list(self.registry._collector_to_names):
            self.registry.unregister(collector)
        self.counter = Counter(NAME, "x", registry=self.registry)
        Gauge("process_start_time_seconds", "x", registry=self.registry).set(started)

    def answer_as(self, process: "Process") -> None:
        """Answer as another process, as behind a balancer."""
        self.restart(started=process.started)
        self.counter.inc(process.count)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@dataclass
class Process:
    """One of several behind an address."""

    started: float
    count: float


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


def test_what_is_older_than_it_keeps_is_kept_by_the_hour_and_a_window_begins_inside_it(pages: list[Page]) -> None:
    workers = Workers([pages[0].url], keep_seconds=100, patience=Patience(60))
    for at in range(0, 10_000, 60):
        pages[0].counter.inc()
        workers.look(at)
    for asked, begins in ((100_000, 0), (9_960, 0), (9_900, 3_600), (5_000, 7_200)):
        added, seconds = workers.added(seconds=asked)
        assert (added.total(NAME), seconds) == ((9_960 - begins) / 60, 9_960 - begins)


def test_processes_behind_one_address_are_each_counted_and_no_row_of_restarts(pages: list[Page]) -> None:
    wall = iter(range(1_000, 2_000))
    workers = Workers([pages[0].url], keep_seconds=1_000, patience=Patience(60), wall=lambda: next(wall))
    one, other, late = Process(100, 50), Process(200, 9_000), Process(1_003.5, 0)
    for at, (process, more) in enumerate([(one, 0), (other, 0), (one, 7), (other, 5), (late, 3), (one, 2), (late, 4)]):
        process.count += more
        pages[0].answer_as(process)
        workers.look(at)
    # What both had counted before they were first seen is nobody's; the late one began after a look, so all is its.
    assert workers.added(seconds=100)[0].total(NAME) == 7 + 5 + 3 + 2 + 4


def test_a_worker_that_counts_past_its_old_count_after_a_restart_has_counted_all_of_it(pages: list[Page]) -> None:
    wall = iter(range(1_000, 2_000))
    workers = Workers([pages[0].url], keep_seconds=1_000, patience=Patience(60), wall=lambda: next(wall))
    for at, process in enumerate([Process(100, 50), Process(1_000.5, 80)]):
        pages[0].answer_as(process)
        workers.look(at)
    assert workers.added(seconds=100)[0].total(NAME) == 80


def test_a_sample_that_is_no_count_spoils_only_the_windows_that_end_with_it(pages: list[Page]) -> None:
    workers = Workers([page.url for page in pages], keep_seconds=1_000, patience=Patience(60))
    workers.look(0)
    pages[0].counter._value.set(math.nan)
    workers.look(1)
    assert math.isnan(workers.added(seconds=100)[0].total(NAME))
    pages[0].counter._value.set(9)
    pages[1].counter.inc(2)
    workers.look(2)
    assert workers.added(seconds=100)[0].total(NAME) == 11
    assert workers.added(seconds=1)[0].total(NAME) == 11


def test_an_address_that_is_given_twice_is_one_worker(pages: list[Page]) -> None:
    workers = Workers([pages[0].url, f"{pages[0].url}/"], keep_seconds=1_000, patience=Patience(60))
    workers.look(0)
    pages[0].counter.inc(3)
    workers.look(1)
    assert workers.added(seconds=100)[0].total(NAME) == 3


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

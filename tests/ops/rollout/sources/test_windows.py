"""Every rate of an arm is that arm's own, wherever the counts come from: Prometheus, or the workers themselves."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops.rollout.patience import Patience
from ops.rollout.sources.windows import FromPrometheus, FromWorkers, MetricsSource
from ops.rollout.sources.workers import Workers
from scorer.rollout.rates import ASKED
from tests.ops.rollout.sources.test_counters import ACCEPTANCE, POLICY, Answers, Prometheus, asked, healthy, looked

COUNTS: st.SearchStrategy[dict[str, int]] = st.fixed_dictionaries(dict.fromkeys(ASKED, st.integers(0, 5_000)))
PATIENCE_SECONDS = 30


class WorkerPage:
    """A worker's /metrics, with counters that begin at nothing and have counted all of it when they are waited for."""

    def __init__(self) -> None:
        self.counted: Answers = {}
        self.is_later = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                """Say nothing."""

            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(outer.text().encode())

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def text(self) -> str:
        lines = []
        for name, series in self.counted.items():
            is_count = not name.startswith("dbt_")
            for labels, value in series:
                named = ",".join(f'{label}="{text}"' for label, text in labels.items())
                lines.append(f"{name}{{{named}}} {value if self.is_later or not is_count else 0}\n")
        return "".join(lines)

    def source(self) -> MetricsSource:
        """Return a source that looks at this worker, before and after it counted."""
        self.is_later = False

        def wait(_: float) -> None:
            self.is_later = True

        patience = Patience(PATIENCE_SECONDS)
        workers = Workers([self.url], keep_seconds=POLICY.rates_window_seconds, patience=patience)
        clock = iter(range(0, 10**9, 600))
        return FromWorkers(workers, patience=patience, exporter=self.url, clock=lambda: next(clock), wait=wait)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


Sourced = Callable[[Answers], MetricsSource]


@pytest.fixture(scope="module", params=["prometheus", "workers"])
def sourced(request: pytest.FixtureRequest) -> Iterator[Sourced]:
    """Return a function that gives a source of such counts."""
    server: Prometheus | WorkerPage = Prometheus() if request.param == "prometheus" else WorkerPage()

    def source(counted: Answers) -> MetricsSource:
        if isinstance(server, WorkerPage):
            server.counted = counted
            return server.source()
        server.answers = counted
        return FromPrometheus(server.url, patience=Patience(PATIENCE_SECONDS))

    yield source
    server.close()


def rates(source: MetricsSource) -> tuple[float | None, ...]:
    (look,) = looked(looks=1, source=source)
    seen = look.standing
    return (
        seen.errors, seen.recent_errors, seen.fallback(), seen.fallback(recent=True), seen.excess_fallback(),
        seen.excess_fallback(recent=True), seen.total_asked, seen.total_failed,
    )  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20)
@given(canary=COUNTS, control=COUNTS, other=COUNTS)
def test_every_rate_of_an_arm_is_the_same_whatever_the_other_arm_does(
    sourced: Sourced, canary: dict[str, int], control: dict[str, int], other: dict[str, int]
) -> None:
    def beside(counts: dict[str, int]) -> tuple[float | None, ...]:
        return rates(sourced(healthy() | {ACCEPTANCE: asked("canary", **canary) + asked("control", **counts)}))

    found = beside(control)
    assert found == beside(other)
    total = sum(canary.values())
    assert found[6] == total
    failed = total - canary["accepted"] - canary["low_confidence"]
    assert found[0] == (None if total == 0 else failed / total)


def test_both_sources_say_the_same_of_a_canary_that_is_well(sourced: Sourced) -> None:
    (look,) = looked(looks=1, source=sourced(healthy()))
    assert look.judgement.verdict == "PROMOTE", look.judgement.reasons

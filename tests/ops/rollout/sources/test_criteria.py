"""A policy's own criteria in PromQL, asked of a server that speaks Prometheus' HTTP API, and kept as evidence."""

import json
import threading
import urllib.parse
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest

from ops.rollout import metrics
from ops.rollout.audit import entry_faults
from ops.rollout.decision_log import read_entries, write_entry
from ops.rollout.evaluate import Look, Looker
from ops.rollout.patience import Patience
from ops.rollout.policies import POLICIES, load_policy
from ops.rollout.sources.criteria import criteria_at
from schemas.events.rollout import Verdict
from scorer.rollout.judge import judge
from scorer.rollout.policy import Policy
from tests.ops.rollout.test_audit import SOUND, records

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FAST = POLICIES / "fast.yml"
ORDERS = {"name": "orders", "promql": "sum(orders)", "direction": "above", "limit": 10, "timeout_seconds": 1}
FAILED = {"name": "failed", "promql": "sum(failed)", "direction": "below", "limit": 5, "timeout_seconds": 1}


class Prometheus:
    """Answers each query with what is planned for it: an answer's data, a status, or nothing until it is closed."""

    def __init__(self) -> None:
        self.answers: dict[str, dict[str, object] | int | None] = {}
        self.done = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                """Say nothing."""

            def do_GET(self) -> None:
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["query"][0]
                data = outer.answers[query]
                if data is None:
                    outer.done.wait(60)
                    return
                self.send_response(data if isinstance(data, int) else 200)
                self.end_headers()
                self.wfile.write(json.dumps({"status": "success", "data": data}).encode())

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self.done.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def prometheus() -> Iterator[Prometheus]:
    server = Prometheus()
    yield server
    server.close()


def vector(*values: str) -> dict[str, object]:
    return {"resultType": "vector", "result": [{"metric": {}, "value": [1.0, value]} for value in values]}


def policy(folder: Path, *criteria: dict[str, object]) -> Policy:
    file = folder / "mine.yml"
    file.write_text(FAST.read_text() + "criteria: " + json.dumps(criteria))
    return load_policy(str(file))


def looked(rules: Policy, url: str | None) -> Look:
    """Return a look at a canary with which all else is well."""
    looker = Looker(
        rules,
        history=lambda: records()[:1],
        source=None,
        asker=lambda standing, place, now: msgspec.structs.replace(SOUND, criteria={}),
        criteria=criteria_at(rules, Patience(30), prometheus=url, dsn=None),
        expected_fallback=lambda _: 0.0,
    )
    return looker.look(NOW)


P, H, U = Verdict.PROMOTE, Verdict.HOLD, Verdict.INCONCLUSIVE
Answered = dict[str, object] | int | None
CASES: dict[str, tuple[Answered, Verdict, str]] = {
    "a series": (vector("11.5"), P, "orders 11.5 (bar > 10)"),
    "a scalar": ({"resultType": "scalar", "result": [1.0, "11.5"]}, P, "orders 11.5 (bar > 10)"),
    "a series below": (vector("9"), H, "orders 9 (bar > 10)"),
    "no series": (vector(), U, "criterion orders not measured: the query gives 0 series"),
    "two series": (vector("11", "12"), U, "criterion orders not measured: the query gives 2 series"),
    "a string": ({"resultType": "string", "result": [1.0, "many"]}, U, "criterion orders not measured"),
    "NaN": (vector("NaN"), U, "value of criterion orders is nan: it counts as not measured"),
    "+Inf": (vector("+Inf"), U, "value of criterion orders is inf: it counts as not measured"),
    "an error": (400, U, "criterion orders not measured: Prometheus at"),
    "no answer in its time": (None, U, "criterion orders not measured: Prometheus at"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_a_prometheus_answers_decides_a_promotion_and_is_evidence(
    prometheus: Prometheus, tmp_path: Path, case: str
) -> None:
    answer, verdict, says = CASES[case]
    prometheus.answers = {"sum(orders)": answer, "sum(failed)": vector("1")}
    rules = policy(tmp_path, ORDERS, FAILED)
    look = looked(rules, prometheus.url)
    assert look.judgement.verdict is verdict, look.judgement.reasons
    assert any(says in text for text in (*look.judgement.reasons, *look.faults)), (look.judgement.reasons, look.faults)
    assert look.standing.criteria["failed"].value == 1  # one that fails costs no other
    journal = tmp_path / "journal.jsonl"
    write_entry(journal, rules, look, now=NOW)
    prometheus.answers = {}  # nobody is asked again
    assert entry_faults(read_entries(journal)) == []


def test_sample_and_baseline_are_asked_too(prometheus: Prometheus, tmp_path: Path) -> None:
    beside = {key: value for key, value in ORDERS.items() if key != "limit"}
    beside |= {"margin": -1, "baseline": "sum(control)", "minimum_sample": 5, "sample": "count(orders)"}
    prometheus.answers = {"sum(orders)": vector("11"), "sum(control)": vector("11.5"), "count(orders)": vector("7")}
    look = looked(policy(tmp_path, beside), prometheus.url)
    assert look.judgement.verdict is Verdict.PROMOTE, look.judgement.reasons
    found = look.standing.criteria["orders"]
    assert (found.value, found.sample, found.baseline) == (11, 7, 11.5)
    metrics.show(look)
    assert metrics.JUDGE.get_sample_value("lm_rollout_observed", {"rate": "orders"}) == 11
    assert metrics.JUDGE.get_sample_value("lm_rollout_threshold", {"rate": "orders"}) == 10.5


def test_who_was_not_named_is_asked_nothing_and_it_is_said(tmp_path: Path) -> None:
    in_sql = {"name": "sales", "sql": "select 1", "direction": "above", "limit": 0, "timeout_seconds": 1}
    look = looked(policy(tmp_path, ORDERS, in_sql), None)
    assert look.judgement.verdict is Verdict.INCONCLUSIVE
    assert any("criterion orders not measured: it is in PromQL and no Prometheus" in fault for fault in look.faults)
    assert any("criterion sales not measured: it is in SQL and no Postgres" in fault for fault in look.faults)


def test_without_criteria_of_its_own_a_policy_is_as_before() -> None:
    assert judge(load_policy("fast"), SOUND).verdict is Verdict.PROMOTE

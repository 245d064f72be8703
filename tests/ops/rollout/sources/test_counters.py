"""What a Prometheus may answer, judged: a canary's rates are its own, and what is no number is not measured, and said.

The answers are those of public bug reports about other judges of canaries (argo-rollouts 180, 1466, 1700, 2169, 3403,
flagger 1801, spinnaker 5622), given by a server that speaks Prometheus' HTTP API.
"""

import json
import threading
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest

from ops.rollout.audit import entry_faults
from ops.rollout.decision_log import read_entries, write_entry
from ops.rollout.evaluate import Look, Looker
from ops.rollout.evidence.warehouse_answer import WarehouseAnswer
from ops.rollout.patience import Patience
from ops.rollout.policies import load_policy
from ops.rollout.rollout_state import Place
from ops.rollout.sources.prometheus import COUNTED, FRESHNESS
from ops.rollout.sources.windows import FromPrometheus, MetricsSource
from ops.warehouse.watched_sources import TRAINED_ON, WATCHED
from schemas.events.rollout import RolloutRecord, Verdict
from scorer.rollout.metrics import Standing
from scorer.rollout.rates import ASKED
from streams.rollout.change import Change, first_record, successor
from streams.settings import SuggestSettings

NOW = datetime(2026, 11, 27, tzinfo=UTC)
POLICY = load_policy("default")
BOUNDS = ("0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.15", "0.25", "0.5", "1", "+Inf")
LATENCY = "lm_ml_predict_latency_seconds_bucket"
ACCEPTANCE, COMPARED = "lm_ml_acceptance_total", "lm_suggest_compare_total"

Answers = dict[str, list[tuple[dict[str, str], float]]]


class Prometheus:
    """Answers each query with the series that it names, whatever the window; or with anything else."""

    def __init__(self) -> None:
        self.answers: Answers = {}
        self.raw: tuple[int, bytes] | None = None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                """Say nothing."""

            def do_GET(self) -> None:
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["query"][0]
                status, body = outer.raw or (200, outer.answer(query))
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, query: str) -> bytes:
        name = next(name for name in (*COUNTED, FRESHNESS) if name in query)
        found = [{"metric": labels, "value": [1.0, str(value)]} for labels, value in self.answers.get(name, [])]
        return json.dumps({"status": "success", "data": {"resultType": "vector", "result": found}}).encode()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture(scope="module")
def prometheus() -> Iterator[Prometheus]:
    server = Prometheus()
    yield server
    server.close()


def asked(arm: str, accepted: float, low_confidence: float = 0, **failed: float) -> list[tuple[dict[str, str], float]]:
    counts = dict.fromkeys(ASKED, 0.0) | {"accepted": accepted, "low_confidence": low_confidence} | failed
    return [({"arm": arm, "acceptance": word}, count) for word, count in counts.items()]


def latencies(fast: float, slow: float = 0) -> list[tuple[dict[str, str], float]]:
    """So many at 5 ms, so many at 0.9 s."""
    return [({"le": bound}, fast * (float(bound) >= 0.005) + slow * (float(bound) >= 1)) for bound in BOUNDS]


def fresh(sources: Sequence[str]) -> list[tuple[dict[str, str], float]]:
    return [({"table": source, "state": "fresh"}, 1) for source in sources]


def healthy(records: float = 10_000, share: float = 0.1, **changes: list[tuple[dict[str, str], float]]) -> Answers:
    ours = records * share
    found: Answers = {
        "lm_stream_transactions_total": [({}, records)],
        "lm_stream_dead_letters_total": [({"reason": "scoring_failed"}, 0)],
        ACCEPTANCE: asked("canary", ours * 0.75, ours * 0.25),
        COMPARED: [({"outcome": "agree"}, records * 0.5), ({"outcome": "disagree"}, records * 0.02)],
        LATENCY: latencies(records),
        FRESHNESS: fresh(WATCHED),
    }
    return found | changes


def sound(standing: Standing, place: Place, now: datetime) -> WarehouseAnswer:
    """What a warehouse says of a canary with which users are content."""
    return WarehouseAnswer(msgspec.structs.replace(
        standing, users=400.0, canary_users=round(40 * standing.percent), arm_users=4_000.0, better=30.0, worse=15.0,
        alike=10.0, anchored_better=0.0, anchored_worse=0.0, anchored_alike=0.0, evidence_days=10.0,
        canary_pleased=60.0, canary_displeased=5.0, control_pleased=60.0, control_displeased=6.0, served=900.0,
        complaints=2.0, mart_age_seconds=900.0, categories={},
    ), ())  # fmt: skip


def nothing_known(standing: Standing, place: Place, now: datetime) -> WarehouseAnswer:
    return WarehouseAnswer(standing, ("the warehouse cannot say who complained",))


def records(percent: str) -> list[RolloutRecord]:
    first = first_record(SuggestSettings(), canary_model="m", actor="ada", now=NOW - timedelta(days=9))
    change = Change(actor="ada", reason="begin", percent=percent)
    return [first, successor(first, change, now=NOW - timedelta(days=8))]


def looked(
    prometheus: Prometheus | None = None,
    percent: str = "10.00",
    looks: int = 4,
    asker: Callable[[Standing, Place, datetime], WarehouseAnswer] = sound,
    source: MetricsSource | None = None,
) -> list[Look]:
    chain = records(percent)
    if source is None:
        assert prometheus is not None
        source = FromPrometheus(prometheus.url, patience=Patience(30))
    looker = Looker(
        POLICY,
        history=lambda: chain,
        source=source,
        asker=asker,
        expected_fallback=lambda _: 0.25,
        patience=Patience(30),
    )
    return [looker.look(NOW) for _ in range(looks)]


def verdicts(looks: list[Look]) -> list[Verdict]:
    return [look.judgement.verdict for look in looks]


NAN, MINUS = float("nan"), -5.0
P, H, B, U = Verdict.PROMOTE, Verdict.HOLD, Verdict.ROLLBACK, Verdict.INCONCLUSIVE
CASES = {
    "all is well": (healthy(), [P, P, P, P], "errors 0 "),
    "suggestions and comparisons never landed": (healthy(dbt_source_freshness_state=fresh(TRAINED_ON)), [P, P, P, P],
        "stale_sources 0"),
    "suggestions no longer land": (
        healthy(dbt_source_freshness_state=[
            *fresh(TRAINED_ON), ({"table": "raw.suggestion_events", "state": "error"}, 1),
        ]), [H, H, H, H], "stale_sources 1",
    ),
    "transactions were not measured": (
        healthy(dbt_source_freshness_state=fresh(WATCHED[1:])), [U, U, U, U],
        "freshness of raw.transactions not measured",
    ),
    "no series at all": ({FRESHNESS: healthy()[FRESHNESS]}, [U, U, U, U], "knows no worker"),
    "zeros": (healthy(0), [U, U, U, U], "answers 0"),
    "every count not a number": (
        {name: [(labels, NAN) for labels, _ in series] for name, series in healthy().items()}, [U, U, U, U],
        "accepted is nan: it counts as not measured",
    ),
    "every count infinite": (
        {name: [(labels, float("inf")) for labels, _ in series] for name, series in healthy().items()}, [U, U, U, U],
        "recent_transactions is inf: it counts as not measured",
    ),
    "a negative count": (
        healthy(lm_ml_acceptance_total=asked("canary", MINUS, 5)), [U, U, U, U], "accepted is -5: it counts as not"
    ),
    "one error in 21 answers": (
        healthy(210, lm_ml_acceptance_total=asked("canary", 15, 5, error=1)), [U, U, U, U], "errors 0.04762"
    ),
    "three errors in three": (
        healthy(30, lm_ml_acceptance_total=asked("canary", 0, error=3)), [U, U, U, U], "answers 3"
    ),
    "the canary fails on 8 % of its answers": (
        healthy(lm_ml_acceptance_total=asked("canary", 690, 230, error=80)), [H, B, B, B], "errors 0.08 above 0.05"
    ),
    "the canary fails on 5 % of its answers": (
        healthy(lm_ml_acceptance_total=asked("canary", 710, 240, error=50)), [H, H, H, H], "errors 0.05 (bar < 0.01)"
    ),
    "the canary times out on 2 % of its answers": (
        healthy(lm_ml_acceptance_total=asked("canary", 740, 240, timeout=20)), [H, H, H, H], "errors 0.02"
    ),
    "the canary answers nothing": (
        healthy(lm_ml_acceptance_total=asked("canary", 0, unavailable=1_000)), [H, B, B, B], "errors 1 above 0.05"
    ),
    "control fails and the canary does not": (
        healthy(lm_ml_acceptance_total=asked("canary", 750, 250) + asked("control", 0, error=9_000)), [P, P, P, P],
        "errors 0 ",
    ),
    "every answer of the canary takes 0.9 s": (
        healthy(lm_ml_predict_latency_seconds_bucket=latencies(9_000, 1_000)), [H, B, B, B], "p95_seconds"
    ),
    "the canary is slow beside a champion that is not": (
        healthy(lm_ml_predict_latency_seconds_bucket=[
            *(({"role": "champion", **labels}, count) for labels, count in latencies(90_000)),
            *(({"role": "challenger", **labels}, count) for labels, count in latencies(0, 1_000)),
        ]), [H, B, B, B], "p95_seconds",
    ),
    "a champion is slow beside a canary that is not": (
        healthy(lm_ml_predict_latency_seconds_bucket=[
            *(({"role": "champion", **labels}, count) for labels, count in latencies(0, 90_000)),
            *(({"role": "challenger", **labels}, count) for labels, count in latencies(1_000)),
        ]), [P, P, P, P], "p95_seconds",
    ),
    "records cannot be scored": (
        healthy(lm_stream_dead_letters_total=[({"reason": "scoring_failed"}, 800)]), [H, B, B, B], "scoring_failures"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_verdict_rests_on_the_canary_s_own_answers(prometheus: Prometheus, tmp_path: Path, case: str) -> None:
    prometheus.answers, expected, says = CASES[case]
    looks = looked(prometheus)
    last = looks[-1].judgement
    assert verdicts(looks) == expected, last.reasons
    assert any(says in text for text in (*last.reasons, *looks[-1].faults)), (last.reasons, looks[-1].faults)
    journal = tmp_path / "journal.jsonl"
    for look in looks:
        write_entry(journal, POLICY, look, now=NOW)
    assert entry_faults(read_entries(journal)) == []


@pytest.mark.parametrize(
    "raw",
    [(422, b'{"status":"error","errorType":"execution"}'), (200, b"<html>login</html>"),
     (200, b'{"status":"error","error":"x","data":{"result":[]}}')],
    ids=["422", "a login page", "an error in a 200"],
)  # fmt: skip
def test_an_answer_that_is_none_is_named_and_inconclusive(prometheus: Prometheus, raw: tuple[int, bytes]) -> None:
    prometheus.raw = raw
    try:
        (look,) = looked(prometheus, looks=1)
    finally:
        prometheus.raw = None
    assert look.judgement.verdict is Verdict.INCONCLUSIVE
    assert prometheus.url in look.faults[0]


@pytest.mark.parametrize("percent", ["1.00", "5.00", "10.00", "50.00", "100.00"])
def test_at_every_share_a_canary_that_fails_on_8_percent_is_taken_back(prometheus: Prometheus, percent: str) -> None:
    share = float(percent) / 100
    ours = 100_000 * share
    control = asked("control", 100_000 - ours)
    prometheus.answers = healthy(
        100_000, share, lm_ml_acceptance_total=asked("canary", ours * 0.69, ours * 0.23, error=ours * 0.08) + control
    )
    assert verdicts(looked(prometheus, percent))[1:] == [Verdict.ROLLBACK] * 3


def test_a_rollback_is_reached_whatever_else_is_unknown(prometheus: Prometheus) -> None:
    prometheus.answers = healthy(lm_ml_acceptance_total=asked("canary", 690, 230, error=80)) | {
        name: [(labels, NAN) for labels, _ in healthy()[name]] for name in (COMPARED, LATENCY, FRESHNESS)
    }
    looks = looked(prometheus, asker=nothing_known)
    assert verdicts(looks)[1:] == [Verdict.ROLLBACK] * 3
    assert any("agree is nan" in fault for fault in looks[-1].faults)

"""The judge at work on a running worker: a good model advances, a slow one is taken back and stays there."""

import json
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from confluent_kafka import Producer

from ops.errors import OpsError
from ops.kafka.topics import create_topics
from ops.local.broker import open_broker
from ops.local.ports import free_port
from ops.local.process import start, stop
from ops.patience import patience_seconds, wait_for
from ops.rollout.patience import Patience
from ops.rollout.sources.counters import with_rates, with_recent
from ops.rollout.sources.metrics_client import Scrape, scrape
from ops.rollout.sources.prometheus import COUNTED, _ask
from ops.rollout.sources.windows import FromPrometheus, FromWorkers, Window
from ops.rollout.sources.workers import Workers
from schemas.contracts.topics import TRANSACTIONS
from scorer.rollout.metrics import Standing
from streams.process.codec import encode_event
from streams.settings import KafkaSettings
from tests.conftest import Run
from tests.integration.test_release_swap import Load
from tests.support.small_dataset import release, renamed, transactions
from tests.support.worker_processes import Worker
from trainer.release.registry import Registry

pytestmark = [pytest.mark.integration]
VERSION = "202601150000-a"
SENT = 2_000
QUIET_SECONDS = 8  # long beside a scrape's second, by which Prometheus extrapolates to the ends of a window
POLICY = """
name: quick
window_seconds: 5
rates_window_seconds: 5
look_every_seconds: 0.5
alpha: 0.05
margin: 0.01
feedback_margin: 0.02
sample_ratio_alpha: 0.001
label_maturity_days: 0
labels: any
freshness: not asked
minimum: {transactions: 100, recent: 100, recent_answers: 50, users: 0}
steps:
  - {from: 0, to: 50, disagreement: 0.99, excess_fallback: 0.5, p95_seconds: 0.25, errors: 0.01, stable_days: 0}
  - {from: 50, to: 100, disagreement: 0.99, excess_fallback: 0.5, p95_seconds: 0.25, errors: 0.01, stable_days: 30}
rollback: {excess_fallback: 0.6, p95_seconds: 5.0, errors: 0.05, complaints: 0.05, looks: 2, looks_fast: 2}
"""


class Bench:
    """A worker with a release in shadow, and the command that judges it."""

    def __init__(self, worker: Worker, command: Run, variables: dict[str, str], delay: Path) -> None:
        self._worker, self._command, self.variables, self.delay = worker, command, variables, delay
        self.load = Load(worker.bootstrap_servers)

    def run(self, *words: str) -> dict[str, Any]:
        done = self._command("rollout", *words, "--json", **self.variables)
        assert done.returncode == 0, done.stderr
        said: dict[str, Any] = json.loads(done.stdout)
        return said

    def judge(self, *words: str, policy: str = "quick.yml") -> dict[str, Any]:
        return self.asked("--worker", f"http://127.0.0.1:{self.port}", *words, policy=policy)

    def asked(self, *words: str, policy: str = "quick.yml") -> dict[str, Any]:
        return self.run("judge", "--policy", policy, *words)

    def send(self, count: int) -> None:
        """Send so many transactions more, and wait until the worker has counted them."""
        rows, _ = transactions()
        wanted = self._counted() + count
        producer = Producer({"bootstrap.servers": self._worker.bootstrap_servers, "log_level": 0})
        for number in range(count):
            row = rows[number % len(rows)]
            producer.produce(TRANSACTIONS.name, encode_event(row), row.user_id.encode())
        assert producer.flush(patience_seconds()) == 0
        wait_for(lambda: self._counted() >= wanted, f"count of {wanted:.0f}")

    def _counted(self) -> float:
        return scrape(f"http://127.0.0.1:{self.port}/metrics").total("lm_stream_transactions_total")

    @property
    def port(self) -> int:
        """Where the worker answers."""
        return self._worker.port


@pytest.fixture
def bench(ledgermind: Run, tmp_path: Path) -> Iterator[Bench]:
    release()  # trained before the clock runs
    (tmp_path / "quick.yml").write_text(POLICY)
    registry, delay = Registry(str(tmp_path / "registry")), tmp_path / "delay"
    registry.write(VERSION, renamed(VERSION))
    with open_broker("embedded", directory=tmp_path) as broker:
        create_topics(KafkaSettings(bootstrap_servers=broker.bootstrap_servers))
        variables = {
            "LEDGERMIND_REGISTRY": registry.location,
            "LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
        }
        extra = {"LEDGERMIND_REGISTRY": registry.location, "LEDGERMIND_WORKER_MODEL_DELAY_FILE": str(delay)}
        worker = Worker("judged", broker.bootstrap_servers, tmp_path / "worker.log", extra)
        worker.start()
        made = Bench(worker, ledgermind, variables, delay)
        try:
            worker.wait_until_ready()
            made.load.start()
            try:
                yield made
            finally:
                made.load.stop()
        finally:
            worker.stop()


@pytest.mark.slow
def test_a_good_model_advances_and_a_slow_one_is_taken_back_until_a_person_lets_it_out(bench: Bench) -> None:
    careful = bench.judge("--window", "3", policy="default")
    assert careful["verdict"] == "INCONCLUSIVE"
    assert any("users not measured" in reason for reason in careful["reasons"])

    looked = bench.judge("--looks", "20")  # a busy machine may show too little in one window
    assert (looked["verdict"], looked["percent"], looked["written"]) == ("PROMOTE", 50.0, None)
    applied = bench.judge("--looks", "20", "--apply")
    assert (applied["verdict"], applied["written"]) == ("PROMOTE", 1)
    assert bench.run("status")["percent"] == "50.00"
    early = bench.judge("--apply")
    assert (early["verdict"], early["written"]) == ("HOLD", None)
    assert any("days_at_share" in reason for reason in early["reasons"])

    bench.delay.write_text("400")
    taken = bench.judge("--looks", "40", "--apply", "--journal", "verdicts.jsonl")
    assert (taken["verdict"], taken["written"]) == ("ROLLBACK", 2)
    assert any("2 looks in a row" in reason for reason in taken["reasons"])
    bench.delay.unlink()
    record = bench.run("status")
    assert (record["percent"], record["shadow"], record["actor"], record["verdict"]) == (
        "0.00",
        True,
        "judge",
        "ROLLBACK",
    )
    assert record["evidence"]["observations"]["bad_excess_fallback"] == 1

    after = bench.judge("--apply")
    assert (after["verdict"], after["written"]) == ("HOLD", None)
    assert after["reasons"] == ["it was rolled back: a person lets it out again"]
    assert bench.run("verify", "--journal", "verdicts.jsonl")["verdicts"] >= 4  # two moves, two looks at least
    out = bench.run("advance", "--policy", "quick.yml", "--reason", "mended", "--override", "seen in a test")
    assert (out["percent"], out["verdict"]) == ("50.00", None)
    assert bench.judge()["verdict"] == "HOLD"  # at this share again, with its bars and its days
    shown = bench.run("status", "--worker", f"http://127.0.0.1:{bench.port}", "--policy", "quick.yml")
    assert shown["percent"] == "50.00"
    stable = next(one for one in shown["judged"]["conditions"] if one["name"] == "days_at_share")
    assert (stable["holds"], stable["bar"]) == ("no", 30.0)
    assert shown["judged"]["next"] == "50 → 100 %, once every bar holds"


@pytest.fixture
def prometheus(bench: Bench, tmp_path: Path) -> Iterator[str]:
    """Return the address of a real Prometheus that scrapes the bench's worker each second."""
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("a real Prometheus is needed: prometheus is not on the PATH")
    port = free_port()
    (tmp_path / "prometheus.yml").write_text(
        "global: {scrape_interval: 1s}\nscrape_configs:\n"
        f"  - {{job_name: worker, static_configs: [{{targets: ['127.0.0.1:{bench.port}']}}]}}\n"
    )
    options = [f"--config.file={tmp_path / 'prometheus.yml'}", f"--storage.tsdb.path={tmp_path / 'prometheus'}"]
    process = start([program, *options, f"--web.listen-address=127.0.0.1:{port}"], log=tmp_path / "prometheus.log")
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(process)


@pytest.mark.slow
def test_prometheus_says_what_the_workers_say(bench: Bench, prometheus: str) -> None:
    # Every series is known, and what it adds from here on is seen.
    wait_for(lambda: _growing(prometheus) == set(COUNTED), "growth of all series", refusals=(OpsError,))
    bench.load.stop()
    patience = Patience(600)
    workers = Workers([f"http://127.0.0.1:{bench.port}"], keep_seconds=600, patience=patience)
    begun = time.time()
    workers.look(begun)
    time.sleep(QUIET_SECONDS)
    bench.send(SENT)
    workers.look(time.time())
    time.sleep(QUIET_SECONDS)
    # Both windows begin and end where nothing moves, so they hold the same counts however busy the machine is.
    now = time.time()
    source = FromPrometheus(prometheus, patience=patience, clock=lambda: now)
    exact = FromWorkers(workers, patience=patience, exporter=None, clock=time.time, wait=None).rates(600)
    from_prometheus = _counts(source.recent(now - begun - 1))
    from_worker = _counts(exact)
    assert from_prometheus.keys() == from_worker.keys()
    for name in ("recent_transactions", "recent_accepted", "accepted", "agree", "recent_latencies"):
        assert from_worker[name] > 0
        assert from_prometheus[name] == pytest.approx(from_worker[name], rel=0.2)
    for name in ("unavailable", "error", "timeout", "recent_scoring_failed"):
        assert from_prometheus[name] == from_worker[name] == 0
    assert from_worker["recent_transactions"] == SENT
    asked = bench.asked("--prometheus", prometheus, "--window", "10")["observations"]
    assert asked["recent_seconds"] == 10
    assert asked["unavailable"] == asked["error"] == 0


def _growing(url: str) -> set[str]:
    """Return what Prometheus has scraped often enough to say by how much it grows."""
    return {name for name in COUNTED if _ask(url, f"increase({name}[60s])", None, Patience(patience_seconds()))}


def _counts(window: Window) -> dict[str, Any]:
    nothing = Standing(percent=0, has_model=True)
    seen = with_recent(with_rates(nothing, window, arm="control"), window, arm="control")
    return dict(msgspec.to_builtins(seen))


@pytest.mark.slow
def test_a_service_whose_prometheus_and_postgres_are_away_is_inconclusive_and_stays(
    bench: Bench, tmp_path: Path
) -> None:
    port, nowhere = free_port(), "postgresql://127.0.0.1:1/none"
    judged = start(
        [str(Path(sys.executable).parent / "ledgermind"), "rollout", "judge", "--service", "--apply", "--port",
         str(port), "--policy", str(tmp_path / "quick.yml"), "--prometheus", "http://127.0.0.1:1", "--dsn", nowhere],
        log=tmp_path / "judge.log", environment=bench.variables, directory=tmp_path,
    )  # fmt: skip
    try:

        def looked() -> Scrape | None:
            found = scrape(f"http://127.0.0.1:{port}/metrics")
            return found if found.total("lm_rollout_verdicts_total", verdict="INCONCLUSIVE") >= 3 else None

        shown = wait_for(looked, lambda: f"third look: {(tmp_path / 'judge.log').read_text()}", refusals=(OSError,))
        assert shown is not None
        log = (tmp_path / "judge.log").read_text()
        assert shown.total("lm_rollout_verdicts_total") == shown.total(
            "lm_rollout_verdicts_total", verdict="INCONCLUSIVE"
        )
        assert shown.total("lm_rollout_threshold", rate="excess_fallback") == 0.5
        assert not any(
            name == "lm_rollout_observed" and ("rate", "excess_fallback") in has for name, has in shown.samples
        )
        assert "Prometheus does not answer" in log
        assert "no Postgres answers" in log
        # The kill switch needs neither of them.
        bench.run("set", "50", "--reason", "to be taken back", "--override", "a test")
        bench.variables["LEDGERMIND_POSTGRES_DSN"] = nowhere
        bench.variables["LEDGERMIND_REGISTRY"] = str(tmp_path / "no registry either")
        assert bench.run("rollback", "--reason", "complaints")["percent"] == "0.00"
        assert judged.poll() is None
    finally:
        assert stop(judged) == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(["--prometheus", "x", "--worker", "y"], "--worker, or --prometheus", id="both"),
        pytest.param(["--policy", "brave"], "give one of default, fast, literal, or a file", id="no such policy"),
    ],
)
def test_what_cannot_be_judged_is_one_line(ledgermind: Run, words: list[str], says: str) -> None:
    answer = ledgermind("rollout", "judge", *words)
    assert answer.returncode != 0
    (line,) = answer.stderr.splitlines()
    assert says in line


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(["--prometheus", "http://127.0.0.1:1"], "Prometheus does not answer", id="no Prometheus"),
        pytest.param(["--worker", "http://127.0.0.1:1"], "no metrics at http://127.0.0.1:1", id="no such worker"),
    ],
)
def test_who_does_not_answer_is_named_and_nothing_is_promoted(bench: Bench, words: list[str], says: str) -> None:
    looked = bench.asked(*words, "--apply")
    assert (looked["verdict"], looked["written"]) == ("INCONCLUSIVE", None)
    assert any(says in reason for reason in looked["reasons"])

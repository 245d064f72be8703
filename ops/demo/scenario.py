"""Scenario: services, a past, a release, a stream, a canary that advances, a fault, a rollback, a summary."""

import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psycopg

from ops.csv_import.categories import CategoryMap
from ops.csv_import.columns import CsvMap
from ops.csv_import.source import CsvFormat
from ops.demo.input import DemoInput, csv_input, identity_of, simulated_input
from ops.demo.programs import Program, run_program
from ops.demo.progress import Live
from ops.demo.publisher import Feeder
from ops.demo.settings import DemoSettings
from ops.demo.summary import Counts, Quality, measure, read_all
from ops.demo.train import Learned, learn
from ops.errors import OpsError
from ops.kafka.publish import outgoing_feedback, outgoing_transaction, publish
from ops.kafka.topics import create_topics
from ops.local.broker import Broker, open_broker
from ops.local.ports import free_port
from ops.local.postgres import open_postgres
from ops.warehouse.migrate import migrate
from schemas.contracts.topics import FEEDBACK
from schemas.events.rollout import ArmPolicy, RolloutRecord
from scorer.rollout.rates import FAILED
from streams.rollout.writer import Change, Writer
from streams.settings import KafkaSettings

DIRECTORY: Final = Path(".ledgermind") / "demo"
ACTOR: Final = "demo"
LOOK_SECONDS: Final = 2.0
LAND_SECONDS: Final = 300.0
FAULT_MILLISECONDS: Final = 400  # above the model's deadline: its answers come too late
ROLLBACK_ABOVE: Final = 0.60  # fallback share of the canary, as in the policy's last line
BAD_LOOKS: Final = 2
# Share of the streaming time, percent of users
STAGES: Final = ((0.2, "0.00"), (0.2, "10.00"), (0.2, "50.00"), (0.2, "100.00"))
FAULT_SHARE: Final = 0.15
_OUR_FORMAT: Final = CsvFormat()

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Ending:
    """What the story came to."""

    counts: Counts
    quality: Quality  # of what was streamed
    whole: Quality  # the past, scored by rules alone, included
    learned: Learned
    delivered: int
    streamed_per_second: float
    followed_seconds: float
    rolled_back: bool
    rollout: RolloutRecord
    p95_seconds: float | None


class Story:
    """Holds what the chapters share."""

    def __init__(self, settings: DemoSettings, *, say: Say, written: CsvFormat = _OUR_FORMAT) -> None:
        self._settings = settings
        self._written = written
        self._say = say
        self._followed: list[float] = []
        self._delay_file = DIRECTORY.absolute() / "model_delay_ms"

    def tell(self) -> Ending:
        """Run every chapter; whatever was started ends with it."""
        shutil.rmtree(DIRECTORY, ignore_errors=True)
        DIRECTORY.mkdir(parents=True)
        with ExitStack() as stack:
            self._say("1. A broker and a Postgres")
            postgres = stack.enter_context(open_postgres("embedded", directory=DIRECTORY))
            broker = stack.enter_context(open_broker(self._settings.broker, directory=DIRECTORY))
            kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers)
            create_topics(kafka)
            migrate(postgres.dsn)
            self._say(f"  broker {broker.kind} at {broker.bootstrap_servers}, Postgres on loopback, topics made")
            environment = self._environment(broker, postgres.dsn)
            story_input = self._read_input()
            worker = self._start_worker(stack, environment)
            stack.enter_context(run_program("streams.landing", environment=environment, log=DIRECTORY / "landing.log"))
            self._publish_history(story_input, kafka, postgres.dsn)
            self._say("3. Learning from the past")
            learned = self._learn(story_input, environment)
            return self._stream(story_input, kafka, worker, learned)

    def _learn(self, story_input: DemoInput, environment: Mapping[str, str]) -> Learned:
        if not any(one.labels for one in story_input.history):
            return Learned(False, False, "the past has no labels of our categories (DEMO_CATEGORY_MAP translates)")
        return learn(
            cutoff=story_input.cutoff,
            gate=self._settings.gate,
            environment=environment,
            directory=DIRECTORY,
            say=self._say,
        )

    def _environment(self, broker: Broker, dsn: str) -> Mapping[str, str]:
        session = "6000" if broker.kind == "embedded" else "10000"
        return {
            "LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
            "LEDGERMIND_POSTGRES_DSN": dsn,
            "LEDGERMIND_REGISTRY": str(DIRECTORY.absolute() / "registry"),
            "LEDGERMIND_MAPPING": "",  # what the demo publishes are Transactions
            "LEDGERMIND_WORKER_NAME": "demo-0",
            "LEDGERMIND_WORKER_PORT": str(free_port()),
            "LEDGERMIND_WORKER_SESSION_TIMEOUT_MS": session,
            "LEDGERMIND_WORKER_MODEL_DELAY_FILE": str(self._delay_file),
            "LEDGERMIND_LANDING_SESSION_TIMEOUT_MS": session,
            "LEDGERMIND_LANDING_PORT": str(free_port()),
        }

    def _read_input(self) -> DemoInput:
        settings = self._settings
        if settings.csv is not None:
            categories = CategoryMap.parse(settings.categories)
            return csv_input(settings.csv, CsvMap.parse(settings.columns), categories, self._written)
        now = datetime.fromtimestamp(time.time(), UTC)
        return simulated_input(seed=settings.seed, count=int(settings.seconds * settings.rate), now=now)

    def _start_worker(self, stack: ExitStack, environment: Mapping[str, str]) -> Program:
        port = int(environment["LEDGERMIND_WORKER_PORT"])
        worker = stack.enter_context(
            run_program("streams.worker", environment=environment, log=DIRECTORY / "worker.log", port=port)
        )
        worker.wait_until_ready()
        self._say(f"  worker ready, metrics at {worker.url}/metrics")
        return worker

    def _publish_history(self, story_input: DemoInput, kafka: KafkaSettings, dsn: str) -> None:
        self._say(f"2. The past: {len(story_input.history):,} transactions of {story_input.origin}, scored by rules")
        labels = [label for one in story_input.history for label in one.labels if label.given_at < story_input.cutoff]
        past = (outgoing_transaction(one.transaction) for one in story_input.history)
        started_at = time.monotonic()
        sent = publish(past, kafka=kafka)
        publish((outgoing_feedback(label) for label in labels), kafka=kafka, topics=(FEEDBACK,))
        self._say(f"  published at {sent.per_second:,.0f}/s, with {len(labels):,} late labels")
        wanted = {
            "transactions": sent.delivered,
            "suggestion_events": sent.delivered,
            "suggestion_feedback": len(labels),
        }
        with psycopg.connect(dsn, autocommit=True) as connection:
            while missing := _missing(connection, wanted):
                if time.monotonic() - started_at > LAND_SECONDS:
                    raise OpsError(f"not everything landed within {LAND_SECONDS:.0f} s: {missing} (see {DIRECTORY})")
                time.sleep(0.5)
        seconds = time.monotonic() - started_at
        self._say(f"  all of it scored and landed after {seconds:.0f} s, {sent.delivered / seconds:,.0f}/s")

    def _stream(self, story_input: DemoInput, kafka: KafkaSettings, worker: Program, learned: Learned) -> Ending:
        settings = self._settings
        rate = len(story_input.live) / settings.seconds
        self._say(f"4. Streaming {len(story_input.live):,} transactions at {rate:,.0f}/s")
        if learned.has_release:
            newest = max(path.name for path in (DIRECTORY / "registry").iterdir())
            self._change(kafka, worker, f"shadow: {newest} is scored and not served", canary=ArmPolicy(newest))
        else:
            self._say(f"  nothing was learned, rules serve alone: {learned.gate_line}")
        feeder = Feeder(story_input.live, kafka=kafka, rate=rate)
        feeder.start()
        live = Live(worker, say=self._say)
        if learned.has_release and not learned.gate_passed:
            self._say(f"  the gate does not let it serve ({learned.gate_line}): it stays in shadow, rules serve")
        rolled_back = False
        # Without a model the canary serves what control serves, so its share may grow all the same.
        for share, percent in STAGES if learned.gate_passed or not learned.has_release else STAGES[:1]:
            if percent != STAGES[0][1]:
                self._change(kafka, worker, f"advance to {percent} %", percent=percent)
            self._watch(live, seconds=share * settings.seconds, until=feeder)
        if learned.gate_passed:
            rolled_back = self._fault(kafka, worker, live)
        while not feeder.is_done:
            self._watch(live, seconds=LOOK_SECONDS, until=feeder)
        published = feeder.finish()
        self._drain(worker, kafka)
        end = worker.scrape()
        self._say("5. Counting as a stranger would")
        read = read_all(kafka)
        live_ids = {one.identity for one in story_input.live}
        truth = {
            one.identity: one.category for one in (*story_input.history, *story_input.live) if one.category is not None
        }
        quality = measure(
            [one for one in read.suggestions if identity_of(one) in live_ids],
            [one for one in read.comparisons if identity_of(one) in live_ids],
            truth,
        )
        return Ending(
            counts=read.counts,
            quality=quality,
            whole=measure(read.suggestions, read.comparisons, truth),
            learned=learned,
            delivered=published.delivered,
            streamed_per_second=published.per_second,
            followed_seconds=max(self._followed),
            rolled_back=rolled_back,
            rollout=Writer(kafka).history.records[-1],
            p95_seconds=end.quantile("lm_ml_predict_latency_seconds", 0.95),
        )

    def _change(
        self,
        kafka: KafkaSettings,
        worker: Program,
        reason: str,
        *,
        percent: str | None = None,
        canary: ArmPolicy | None = None,
    ) -> None:
        """Append to the rollout record and wait until the worker serves by it."""
        change = Change(actor=ACTOR, reason=reason, percent=percent, canary=canary)
        record = Writer(kafka).change(change, now=datetime.fromtimestamp(time.time(), UTC))
        written_at = time.monotonic()
        while worker.scrape().total("lm_rollout_version") != record.version:
            if time.monotonic() - written_at > LAND_SECONDS:
                raise OpsError(f"the worker did not follow to rollout version {record.version}; see {worker.log}")
            time.sleep(0.02)
        seconds = time.monotonic() - written_at
        self._followed.append(seconds)
        self._say(f"  rollout version {record.version}: {reason}; served after {seconds:.2f} s")

    def _watch(self, live: Live, *, seconds: float, until: Feeder) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not until.is_done:
            time.sleep(min(LOOK_SECONDS, max(0.1, deadline - time.monotonic())))
            live.look()

    def _fault(self, kafka: KafkaSettings, worker: Program, live: Live) -> bool:
        """Make the model slow, and roll back once its answers come too late on two looks in a row."""
        self._say(f"  a fault is injected: every call of the model takes {FAULT_MILLISECONDS} ms longer")
        self._delay_file.write_text(str(FAULT_MILLISECONDS))
        bad, deadline = 0, time.monotonic() + FAULT_SHARE * self._settings.seconds + 10 * LOOK_SECONDS
        try:
            while bad < BAD_LOOKS and time.monotonic() < deadline:
                time.sleep(LOOK_SECONDS)
                added = live.look()
                late = sum(added.total("lm_ml_fallback_total", reason=reason) for reason in FAILED)
                asked = added.total("lm_ml_acceptance_total", arm="canary")
                bad = bad + 1 if asked and late / asked > ROLLBACK_ABOVE else 0
            if bad < BAD_LOOKS:
                return False
            self._change(kafka, worker, f"rollback: over {ROLLBACK_ABOVE:.0%} of answers came too late", percent="0.00")
            return True
        finally:
            self._delay_file.unlink()

    def _drain(self, worker: Program, kafka: KafkaSettings) -> None:
        """Wait until the worker has nothing left to read."""
        deadline = time.monotonic() + LAND_SECONDS
        quiet = 0
        last = -1.0
        while quiet < 3:  # looks without a change
            total = worker.scrape().total("lm_stream_transactions_total")
            quiet = quiet + 1 if total == last else 0
            last = total
            if time.monotonic() > deadline:
                raise OpsError(f"the worker was still reading after {LAND_SECONDS:.0f} s; see {worker.log}")
            time.sleep(1.0)


def _missing(connection: "psycopg.Connection[tuple[object, ...]]", wanted: Mapping[str, int]) -> dict[str, int]:
    """Return how many rows each raw table still lacks."""
    missing = {}
    for table, count in wanted.items():
        row = connection.execute(f"select count(*) from raw.{table}").fetchone()  # noqa: S608 - names from above
        assert row is not None
        landed = int(str(row[0]))
        if landed < count:
            missing[table] = count - landed
    return missing

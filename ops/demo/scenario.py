"""Scenario: services, a past, a release, a stream, a canary that the judge promotes and takes back, a summary."""

import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psycopg

from ops.csv_import.categories import CategoryMap
from ops.csv_import.columns import CsvMap
from ops.csv_import.source import CsvFormat
from ops.demo.canary import POLICY
from ops.demo.first_suggestions import FirstSuggestions
from ops.demo.input import DemoInput, csv_input, simulated_input
from ops.demo.programs import Program, run_program
from ops.demo.settings import DemoSettings
from ops.demo.stream import Ending, Stream
from ops.demo.train import Learned, learn
from ops.errors import OpsError
from ops.kafka.publish import outgoing_feedback, outgoing_transaction, publish
from ops.kafka.topics import create_topics
from ops.local.broker import Broker, open_broker
from ops.local.ports import free_port
from ops.local.postgres import open_postgres
from ops.warehouse.migrate import migrate
from schemas.contracts.topics import FEEDBACK
from streams.settings import KafkaSettings

DIRECTORY: Final = Path(".ledgermind") / "demo"
LAND_SECONDS: Final = 300.0
LONGEST: Final = 2.0  # times the streaming time: how long the judge may take before the stream ends without it
_OUR_FORMAT: Final = CsvFormat()

Say = Callable[[str], None]


class Demonstration:
    """Everything that the demo does, in its order."""

    def __init__(self, settings: DemoSettings, *, say: Say, written: CsvFormat = _OUR_FORMAT) -> None:
        self._settings = settings
        self._written = written
        self._say = say
        self._began = time.monotonic()
        self._delay_file = DIRECTORY.absolute() / "model_delay_ms"

    def run(self) -> Ending:
        """Run all of it; whatever was started ends with it."""
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
            worker = self._start_programs(stack, environment)
            demo_input = self._read_input()  # while they start
            worker.wait_until_ready()
            first = FirstSuggestions(kafka, since=self._began, say=self._say)
            first.start()
            stack.callback(first.stop)
            self._publish_history(demo_input, kafka, postgres.dsn)
            self._say("3. Learning from the past")
            learned = self._learn(demo_input, environment)
            stream = Stream(
                demo_input, learned, self._settings, kafka=kafka, worker=worker, directory=DIRECTORY, say=self._say
            )
            return stream.run(environment=environment, delay_file=self._delay_file)

    def _learn(self, demo_input: DemoInput, environment: Mapping[str, str]) -> Learned:
        if not any(one.labels for one in demo_input.history):
            return Learned(False, False, "the past has no labels of our categories (DEMO_CATEGORY_MAP translates)")
        return learn(
            cutoff=demo_input.cutoff,
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
        most = int(LONGEST * settings.seconds * settings.rate)
        return simulated_input(seed=settings.seed, count=most, now=now)

    def _start_programs(self, stack: ExitStack, environment: Mapping[str, str]) -> Program:
        """Start the console, the worker and the landing; return the worker."""
        port = int(environment["LEDGERMIND_WORKER_PORT"])
        worker_log, landing_log, console_log = (DIRECTORY / f"{name}.log" for name in ("worker", "landing", "console"))
        worker = stack.enter_context(run_program("streams.worker", environment=environment, log=worker_log, port=port))
        stack.enter_context(run_program("streams.landing", environment=environment, log=landing_log))
        shown_at = free_port()
        words = ("console", "--worker", worker.url, "--policy", POLICY, "--port", str(shown_at))
        console = stack.enter_context(
            run_program("ops.cli", *words, environment=environment, log=console_log, port=shown_at)
        )
        self._say(f"  console {console.url}, the worker's metrics {worker.url}/metrics")
        return worker

    def _publish_history(self, demo_input: DemoInput, kafka: KafkaSettings, dsn: str) -> None:
        self._say(f"2. The past: {len(demo_input.history):,} transactions of {demo_input.origin}, scored by rules")
        labels = [label for one in demo_input.history for label in one.labels if label.given_at < demo_input.cutoff]
        past = (outgoing_transaction(one.transaction) for one in demo_input.history)
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

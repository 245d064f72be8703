"""Run: brings everything up in an order in which suggestions come soon, keeps it running, and takes it down again."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Final

from ops.errors import OpsError
from ops.local.folder_lock import hold
from ops.local.kept_postgres import KeptPostgres
from ops.local.supervisor import Child, Supervisor
from ops.rollout.sources.metrics_client import scrape
from ops.up import programs
from ops.up.addresses import (
    BROKER_PORT,
    BUILDS_PORT,
    CONSOLE_PORT,
    EXPORTER_PORT,
    FOLDER,
    JUDGE_PORT,
    LANDING_PORT,
    WORKER_PORT,
    Addresses,
    Ports,
    base_environment,
    commands_environment,
    env_file,
    registry_location,
    url,
)
from ops.up.chain import KeptChain
from ops.up.options import Options
from ops.up.servers import AGAIN_SECONDS, BrokerServer, WatchedServer
from ops.up.topics import make_topics
from ops.up.watch import Watch, suggestion_words
from ops.warehouse.migrate import migrate
from schemas.events.rollout import ArmPolicy
from schemas.events.suggestion import Suggestion
from scorer.release.registry import Registry
from streams.errors import StreamError
from streams.rollout.change import Change
from streams.rollout.writer import Writer
from streams.settings import KafkaSettings, read

TURN_SECONDS: Final = 0.1
# Until the first suggestion workers have the machine: what watches begins afterwards, and after so long at the latest.
QUIET_SECONDS: Final = 20.0
FED_QUIET_SECONDS: Final = 180.0  # where a feed makes sure that there will be one
LOOK_SECONDS: Final = 1.0
DRAIN_SECONDS: Final = 5.0
FULL_DRAIN_SECONDS: Final = 60.0
MEBIBYTE: Final = 1 << 20


class Up:
    """One run of everything in a folder; ``say`` hears what happens, ``ready`` where everything answers."""

    def __init__(
        self, options: Options, *, started_at: float, say: Callable[[str], None], ready: Callable[[Addresses], None]
    ) -> None:
        self._options = options
        self._started_at = started_at
        self._say = say
        self._ready = ready
        self._folder = FOLDER.absolute()
        self._logs = self._folder / "logs"
        self._supervisor = Supervisor([], report=say)
        self._first: Suggestion | None = None
        self._training: Child | None = None
        self._feed: Child | None = None
        self._judge: Child | None = None
        self._console: Child | None = None
        self._scoring: list[Child] = []
        self._has_published = False
        self._must_renew = False
        self._renew_at = 0.0
        self._looked_at = 0.0

    def run(self) -> None:
        """Keep everything running until a signal to stop; raises OpsError and StreamError where it cannot begin."""
        with hold(self._folder, what="ledgermind up"), ExitStack() as stack:
            self._supervisor.listen()
            stack.callback(self._remove_traces)
            try:
                self._begin(stack)
            except (OpsError, StreamError):
                if self._supervisor.is_stopping:  # ctrl-C reached what was being started
                    return
                raise
            try:
                self._keep_running()
            finally:
                self._end()

    def _begin(self, stack: ExitStack) -> None:
        ports = Ports(self._options.only_free_ports)
        postgres = KeptPostgres(self._folder / "postgres")
        self._chain = KeptChain(self._folder / "rollout-state.jsonl")
        with ThreadPoolExecutor(1, "beside") as beside:  # a new cluster takes longer than a broker
            prepared = beside.submit(postgres.prepare)
            self._broker = BrokerServer(
                self._options.broker, directory=self._folder, port=ports.take(BROKER_PORT), stack=stack
            )
            self._kafka = read(KafkaSettings).model_copy(update=self._kafka_settings())
            make_topics(self._kafka, may_delete=not self._broker.keeps)
            prepared.result()
        stack.enter_context(postgres)
        migrate(postgres.dsn)
        self._say(f"{self._broker.kind} broker and Postgres are there, after {self._seconds():.1f} s")
        self._dsn = postgres.dsn
        self._addresses = self._take_addresses(ports)
        self._environment = base_environment(self._addresses, keeps_kafka=self._broker.kind == "address")
        (self._folder / "env").write_text(env_file(commands_environment(self._addresses)))
        self._give_back_rollout()
        self._servers = [WatchedServer("Postgres", postgres, say=self._say)]
        if self._broker.server is not None:
            self._servers.append(
                WatchedServer(
                    "the broker",
                    self._broker.server,
                    say=self._say,
                    is_away=self._broker_is_away,
                    came_back=self._broker_came_back,
                )
            )
        self._start_scoring()
        self._console = programs.console(self._addresses, self._environment, self._logs)
        self._supervisor.children.append(self._console)
        self._supervisor.turn()
        self._ready(self._addresses)

    def _kafka_settings(self) -> dict[str, object]:
        ours = {} if self._broker.kind == "address" else {"security_protocol": "plaintext"}
        return {"bootstrap_servers": self._broker.bootstrap_servers, **ours}

    def _take_addresses(self, ports: Ports) -> Addresses:
        return Addresses(
            console=url(ports.take(CONSOLE_PORT)),
            bootstrap_servers=self._broker.bootstrap_servers,
            postgres=self._dsn,
            workers=tuple(url(ports.take(WORKER_PORT + number)) for number in range(self._options.workers)),
            landing=url(ports.take(LANDING_PORT)),
            judge=url(ports.take(JUDGE_PORT)),
            exporter=url(ports.take(EXPORTER_PORT)),
            builds=url(ports.take(BUILDS_PORT)),
            registry=registry_location(),
            logs=str(self._logs),
            pid=os.getpid(),
        )

    def _give_back_rollout(self) -> None:
        if self._broker.keeps and self._broker.kind == "address":
            return  # its rollout is its own
        given = self._chain.give_back(self._kafka, self._dsn)
        latest = self._chain.latest
        if given and latest is not None:
            self._say(f"the rollout goes on from version {latest.version}, {latest.percent} %")

    def _start_scoring(self) -> None:
        """Start what reads the topics, its feed, and the watch over both."""
        self._scoring = programs.scoring(self._addresses, self._environment, self._logs, broker=self._broker.kind)
        self._supervisor.children.extend(self._scoring)
        self._watch = Watch(
            self._kafka,
            chain=self._chain,
            say=self._say,
            seen_first=self._seen_first,
            shows_all=False,
        )
        self._watch.start()
        options = self._options
        if options.rate is not None:
            self._feed = programs.simulation(options.rate, self._environment, self._logs)
        elif options.file is not None and not self._has_published:
            self._feed = programs.file_feed(options.file, options.file_words, self._environment, self._logs)
        if self._feed is not None:
            self._supervisor.children.append(self._feed)
        self._has_published = True
        self._supervisor.turn()

    def _seen_first(self, suggestion: Suggestion) -> None:
        if self._first is None:
            self._first = suggestion
            self._say(f"first suggestion after {self._seconds():.1f} s: {suggestion_words(suggestion)}")

    def _keep_running(self) -> None:
        is_watching = False
        quiet_seconds = QUIET_SECONDS if self._feed is None else FED_QUIET_SECONDS
        while not self._supervisor.is_stopping:
            self._supervisor.turn()
            for server in self._servers:
                server.look()
            if self._must_renew and time.monotonic() > self._renew_at:
                self._renew()
            if not is_watching and (self._first is not None or self._seconds() > quiet_seconds):
                is_watching = True
                self._start_watching()
            if time.monotonic() - self._looked_at > LOOK_SECONDS:
                self._looked_at = time.monotonic()
                self._look_at_training()
                self._look_at_memory()
            time.sleep(TURN_SECONDS)

    def _start_watching(self) -> None:
        if not Registry(self._addresses.registry).versions():
            self._training = programs.bootstrap(self._environment, self._logs)
            self._supervisor.children.append(self._training)
            self._say("a first release is trained in the background; rules answer meanwhile")
        watching = programs.watching(self._addresses, self._environment, self._logs, dbt=self._folder / "dbt")
        self._judge = next(child for child in watching if child.name == "judge")
        self._supervisor.children.extend(watching)

    def _look_at_training(self) -> None:
        """Put the first release into shadow once it is there; try again where another writer was faster."""
        if self._training is None or not self._training.is_done:
            return
        versions = Registry(self._addresses.registry).versions()
        try:
            writer = Writer(self._kafka)
            latest = writer.history.latest
            if latest is None or not versions:
                return
            if latest.canary.model_version is None and latest.percent == "0.00":
                change = Change(actor="up", reason="the first release", shadow=True, canary=ArmPolicy(versions[-1]))
                writer.change(change, now=datetime.fromtimestamp(time.time(), UTC))
                self._say(f"release {versions[-1]} is in shadow: it is scored and compared, and not served")
        except (OpsError, StreamError) as error:
            self._say(f"the first release is not in shadow yet: {error}")
            return
        self._training = None

    def _look_at_memory(self) -> None:
        used = self._broker.resident_bytes
        if used <= self._options.broker_mib * MEBIBYTE or self._broker.server is None:
            return
        self._say(
            f"the embedded broker is full ({used // MEBIBYTE} MiB of {self._options.broker_mib}): the feed pauses, "
            "what is on the topics lands, and it starts again empty; --broker kafka keeps topics on disk"
        )
        self._stop(self._feed)
        self._drain(FULL_DRAIN_SECONDS, unless=lambda: self._supervisor.is_stopping)
        process = self._broker.server.process
        if process is not None:
            process.terminate()
            process.wait()

    def _broker_is_away(self) -> None:
        """Stop every client of ours: an embedded broker makes each topic that one asks for, in a shape of its own."""
        if self._broker.keeps:
            return
        if self._options.file is not None and self._feed is not None and not self._feed.is_done:
            self._say(f"{self._options.file.name} was not published to its end, and is not begun again: publish it")
        self._stop(self._feed, self._judge, self._console, *self._scoring)
        self._feed = None
        self._watch.stop()

    def _broker_came_back(self) -> None:
        self._must_renew = not self._broker.keeps

    def _renew(self) -> None:
        """Make an empty broker what the one before it was, but for what had not landed."""
        self._say("it begins with empty topics: only what had landed is kept, and the rollout is given back")
        try:
            make_topics(self._kafka, may_delete=not self._broker.keeps)
            self._give_back_rollout()
        except (OpsError, StreamError) as error:  # the broker may be gone again, and Postgres with it
            self._renew_at = time.monotonic() + AGAIN_SECONDS
            self._say(f"not yet: {error}")
            return
        self._start_scoring()
        self._supervisor.children.extend(child for child in (self._judge, self._console) if child is not None)
        self._must_renew = False

    def _stop(self, *children: Child | None) -> None:
        """Stop children and forget them."""
        stopping = [child for child in children if child is not None]
        self._supervisor.stop(stopping)
        for child in stopping:
            child.process = None
        self._supervisor.children = [child for child in self._supervisor.children if child not in stopping]

    def _drain(self, seconds: float, *, unless: Callable[[], bool] = lambda: False) -> None:
        """Wait until the landing has nothing left to land, a little longer than its batches take."""
        deadline = time.monotonic() + seconds
        quiet = 0
        while quiet < 3 and time.monotonic() < deadline and not unless():
            try:
                lag = scrape(f"{self._addresses.landing}/metrics").total("lm_landing_lag")
            except OSError:
                return
            quiet = quiet + 1 if lag == 0 else 0
            time.sleep(0.3)

    def _end(self) -> None:
        """Take everything down, sources before sinks, so that what is on the topics lands."""
        self._say("stopping")
        landing = self._scoring[-1:]
        self._stop(*(child for child in self._supervisor.children if child not in landing))
        if not self._broker.keeps:
            self._drain(DRAIN_SECONDS)
        self._stop(*landing)
        self._watch.stop()

    def _remove_traces(self) -> None:
        (self._folder / "env").unlink(missing_ok=True)

    def _seconds(self) -> float:
        return time.monotonic() - self._started_at

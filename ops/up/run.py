"""Run: brings everything up in an order in which suggestions come soon, keeps it running, and takes it down again."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Final

from ops.errors import OpsError
from ops.local.folder_lock import hold
from ops.local.kept_postgres import KeptPostgres
from ops.local.supervisor import Supervisor
from ops.up.addresses import (
    BROKER_PORT,
    FOLDER,
    Addresses,
    Ports,
    base_environment,
    commands_environment,
    env_file,
    take_addresses,
)
from ops.up.chain import KeptChain
from ops.up.drain import drain
from ops.up.first_release import FirstRelease
from ops.up.options import Options
from ops.up.renewal import BrokerRenewal
from ops.up.running import RunningPrograms
from ops.up.servers import BrokerServer, WatchedServer
from ops.up.topics import make_topics
from ops.up.watch import Watch, suggestion_words
from ops.warehouse.migrate import migrate
from schemas.events.suggestion import Suggestion
from streams.errors import StreamError

TURN_SECONDS: Final = 0.1
# Until the first suggestion workers have the machine: what watches begins afterwards, and after so long at the latest.
QUIET_SECONDS: Final = 20.0
FED_QUIET_SECONDS: Final = 180.0  # where a feed makes sure that there will be one
LOOK_SECONDS: Final = 1.0
DRAIN_SECONDS: Final = 5.0


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
            self._kafka = self._broker.kafka_settings()
            make_topics(self._kafka, may_delete=not self._broker.keeps)
            prepared.result()
        stack.enter_context(postgres)
        migrate(postgres.dsn)
        self._say(f"{self._broker.kind} broker and Postgres are there, after {self._seconds():.1f} s")
        self._addresses = take_addresses(
            ports,
            bootstrap_servers=self._broker.bootstrap_servers,
            postgres=postgres.dsn,
            workers=self._options.workers,
            logs=self._logs,
        )
        self._programs = RunningPrograms(
            self._supervisor,
            self._options,
            self._addresses,
            base_environment(self._addresses, keeps_kafka=self._broker.kind == "address"),
            folder=self._folder,
            broker=self._broker.kind,
        )
        self._first_release = FirstRelease(self._addresses.registry, self._kafka, say=self._say)
        (self._folder / "env").write_text(env_file(commands_environment(self._addresses)))
        self._renewal = BrokerRenewal(
            self._broker,
            self._kafka,
            self._addresses,
            self._options,
            chain=self._chain,
            programs=self._programs,
            say=self._say,
            stop_watch=self._stop_watch,
            start_scoring=self._start_scoring,
            is_stopping=lambda: self._supervisor.is_stopping,
        )
        self._renewal.give_back_rollout()
        self._servers = [WatchedServer("Postgres", postgres, say=self._say)]
        if self._broker.server is not None:
            self._servers.append(
                WatchedServer(
                    "the broker",
                    self._broker.server,
                    say=self._say,
                    is_away=self._renewal.is_away,
                    came_back=self._renewal.came_back,
                )
            )
        self._start_scoring()
        self._programs.start_console()
        self._ready(self._addresses)

    def _start_scoring(self) -> None:
        """Start what reads the topics, its feed, and the watch over both."""
        self._programs.start_scoring()
        self._watch = Watch(
            self._kafka,
            chain=self._chain,
            say=self._say,
            seen_first=self._seen_first,
            shows_all=False,
        )
        self._watch.start()
        self._programs.start_feed()

    def _stop_watch(self) -> None:
        self._watch.stop()

    def _seen_first(self, suggestion: Suggestion) -> None:
        if self._first is None:
            self._first = suggestion
            self._say(f"first suggestion after {self._seconds():.1f} s: {suggestion_words(suggestion)}")

    def _keep_running(self) -> None:
        is_watching = False
        quiet_seconds = FED_QUIET_SECONDS if self._programs.has_feed else QUIET_SECONDS
        while not self._supervisor.is_stopping:
            self._supervisor.turn()
            for server in self._servers:
                server.look()
            self._renewal.turn()
            if not is_watching and (self._first is not None or self._seconds() > quiet_seconds):
                is_watching = True
                self._start_watching()
            if time.monotonic() - self._looked_at > LOOK_SECONDS:
                self._looked_at = time.monotonic()
                self._first_release.look()
                self._renewal.look_at_memory()
            time.sleep(TURN_SECONDS)

    def _start_watching(self) -> None:
        if self._first_release.is_needed:
            self._first_release.expect(self._programs.start_training())
        self._programs.start_watching()

    def _end(self) -> None:
        """Take everything down, sources before sinks, so that what is on the topics lands."""
        self._say("stopping")
        self._programs.stop_sources()
        if not self._broker.keeps:
            drain(self._addresses.landing, DRAIN_SECONDS)
        self._programs.stop_landing()
        self._watch.stop()

    def _remove_traces(self) -> None:
        (self._folder / "env").unlink(missing_ok=True)

    def _seconds(self) -> float:
        return time.monotonic() - self._started_at

"""Renewal: what is done where a broker that keeps nothing is full or has ended, so that little is lost."""

import time
from collections.abc import Callable
from typing import Final

from ops.errors import OpsError
from ops.up.addresses import Addresses
from ops.up.chain import KeptChain
from ops.up.drain import drain
from ops.up.options import Options
from ops.up.running import RunningPrograms
from ops.up.servers import AGAIN_SECONDS, BrokerServer
from ops.up.topics import make_topics
from streams.errors import StreamError
from streams.settings import KafkaSettings

FULL_DRAIN_SECONDS: Final = 60.0
MEBIBYTE: Final = 1 << 20


class BrokerRenewal:
    """Has what reads the broker stopped while it is away, and started again once it is what it was before."""

    def __init__(
        self,
        broker: BrokerServer,
        kafka: KafkaSettings,
        addresses: Addresses,
        options: Options,
        *,
        chain: KeptChain,
        programs: RunningPrograms,
        say: Callable[[str], None],
        stop_watch: Callable[[], None],
        start_scoring: Callable[[], None],
        is_stopping: Callable[[], bool],
    ) -> None:
        self._broker = broker
        self._kafka = kafka
        self._addresses = addresses
        self._options = options
        self._chain = chain
        self._programs = programs
        self._say = say
        self._stop_watch = stop_watch
        self._start_scoring = start_scoring
        self._is_stopping = is_stopping
        self._must_renew = False
        self._renew_at = 0.0

    def give_back_rollout(self) -> None:
        """Write the rollout that was kept to a broker that has none."""
        if self._broker.keeps and self._broker.kind == "address":
            return  # its rollout is its own
        given = self._chain.give_back(self._kafka, self._addresses.postgres)
        latest = self._chain.latest
        if given and latest is not None:
            self._say(f"the rollout goes on from version {latest.version}, {latest.percent} %")

    def look_at_memory(self) -> None:
        """End a broker that is full, once what is on its topics has landed: it starts again, empty."""
        used = self._broker.resident_bytes
        if used <= self._options.broker_mib * MEBIBYTE or self._broker.server is None:
            return
        self._say(
            f"the embedded broker is full ({used // MEBIBYTE} MiB of {self._options.broker_mib}): the feed pauses, "
            "what is on the topics lands, and it starts again empty; --broker kafka keeps topics on disk"
        )
        self._programs.stop_feed()
        drain(self._addresses.landing, FULL_DRAIN_SECONDS, unless=self._is_stopping)
        process = self._broker.server.process
        if process is not None:
            process.terminate()
            process.wait()

    def is_away(self) -> None:
        """Stop every client of ours: an embedded broker makes each topic that one asks for, in a shape of its own."""
        if self._broker.keeps:
            return
        if self._options.file is not None and self._programs.is_feeding_a_file:
            self._say(f"{self._options.file.name} was not published to its end, and is not begun again: publish it")
        self._programs.stop_clients()
        self._stop_watch()

    def came_back(self) -> None:
        """Have its topics made and the rollout given back, where it keeps neither."""
        self._must_renew = not self._broker.keeps

    def turn(self) -> None:
        """Renew where it is time to."""
        if self._must_renew and time.monotonic() > self._renew_at:
            self._renew()

    def _renew(self) -> None:
        """Make an empty broker what the one before it was, but for what had not landed."""
        self._say("it begins with empty topics: only what had landed is kept, and the rollout is given back")
        try:
            make_topics(self._kafka, may_delete=not self._broker.keeps)
            self.give_back_rollout()
        except (OpsError, StreamError) as error:  # the broker may be gone again, and Postgres with it
            self._renew_at = time.monotonic() + AGAIN_SECONDS
            self._say(f"not yet: {error}")
            return
        self._start_scoring()
        self._programs.resume_clients()
        self._must_renew = False

"""Canary: a release that begins in shadow, and the judge that moves it, a program of its own."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import groupby, pairwise
from pathlib import Path
from typing import Final

from ops.demo.programs import Program, run_program
from ops.errors import OpsError
from ops.local.ports import free_port
from schemas.events.rollout import ArmPolicy, RolloutRecord, Verdict
from streams.rollout.change import Change
from streams.rollout.follower import Follower
from streams.rollout.writer import Writer
from streams.settings import KafkaSettings

ACTOR: Final = "demo"
POLICY: Final = "fast"
EVERYBODY: Final = "100.00"
FOLLOW_SECONDS: Final = 300.0
POLL_SECONDS: Final = 0.02


class Canary:
    """One release on its way from shadow to everybody and back, as its records tell it."""

    def __init__(self, kafka: KafkaSettings, worker: Program, *, say: Callable[[str], None]) -> None:
        self._kafka = kafka
        self._worker = worker
        self._say = say
        self._records: Sequence[RolloutRecord] = ()
        self._said = 0
        self._followed_seconds = 0.0

    @property
    def followed_seconds(self) -> float:
        """How long the worker took to follow the record that began the shadow."""
        return self._followed_seconds

    @property
    def serves_everybody(self) -> bool:
        """Whether the newest record gives it every user."""
        return bool(self._records) and self._records[-1].percent == EVERYBODY

    @property
    def is_rolled_back(self) -> bool:
        """Whether the judge took it back."""
        return any(record.verdict is Verdict.ROLLBACK for record in self._records)

    def start_shadow(self, release: str) -> None:
        """Write the record by which a release is scored and not served, and wait until the worker follows it."""
        reason = f"shadow: {release} is scored and not served"
        change = Change(actor=ACTOR, reason=reason, canary=ArmPolicy(release))
        record = Writer(self._kafka).change(change, now=datetime.fromtimestamp(time.time(), UTC))
        written_at = time.monotonic()
        while self._worker.scrape().total("lm_rollout_version") != record.version:
            if time.monotonic() - written_at > FOLLOW_SECONDS:
                raise OpsError(f"the worker did not follow to rollout version {record.version}; see {self._worker.log}")
            time.sleep(POLL_SECONDS)
        self._followed_seconds = time.monotonic() - written_at
        self._say(f"  rollout version {record.version}: {reason}; followed after {self._followed_seconds:.2f} s")
        self._said = record.version + 1

    @contextmanager
    def judged(self, *, environment: Mapping[str, str], log: Path) -> Iterator[None]:
        """Run the judge, and follow what it writes, until the context ends."""
        port = free_port()
        words = ("rollout", "judge", "--service", "--apply", "--policy", POLICY)
        command = ("ops.cli", *words, "--worker", self._worker.url, "--port", str(port))
        self._say(f"  ledgermind {' '.join(words)}")
        follower = Follower(self._kafka, changed=self._take)
        follower.start()
        try:
            # It judges by what the worker counts: no label of these transactions will come while it looks.
            with run_program(*command, environment={**environment, "LEDGERMIND_POSTGRES_DSN": ""}, log=log, port=port):
                yield
        finally:
            follower.stop()
            self.say_moves()

    def say_moves(self) -> None:
        """Print each record that was not printed yet."""
        records = self._records
        for before, record in pairwise(records):
            if record.version >= self._said:
                self._said = record.version + 1
                self._say(f"  rollout version {record.version}, {before.percent} → {record.percent} %: {record.reason}")

    def _take(self, records: Sequence[RolloutRecord]) -> None:
        self._records = tuple(records)


def shares(records: Sequence[RolloutRecord]) -> str:
    """Return the shares that a rollout went through, in percent of users."""
    told = [f"{record.basis_points / 100:g}" for record in records]
    return " → ".join(share for share, _ in groupby(told)) + " %"

"""Failpoints: named places of the sink where a test kills, aborts or hangs the worker; off unless asked for."""

import os
import random
import signal
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from confluent_kafka import KafkaError, KafkaException

from streams.errors import SettingsError

HANG_SECONDS: Final = 3_600.0


class Failpoint(StrEnum):
    """The places."""

    AFTER_BEGIN = "after_begin"
    AFTER_PRODUCE = "after_produce"
    AFTER_SEND_OFFSETS = "after_send_offsets"
    AFTER_COMMIT = "after_commit"


class Injury(StrEnum):
    """What happens there."""

    KILL = "kill"  # SIGKILL to the own process
    ABORT = "abort"  # as if the broker had asked for an abort
    HANG = "hang"  # as a call into the client that never comes back


@dataclass(slots=True)
class Failpoints:
    """``place:injury:probability`` entries; the seed makes a run repeatable."""

    injuries: dict[Failpoint, tuple[Injury, float]] = field(default_factory=dict)
    dice: random.Random = field(default_factory=random.Random)

    @classmethod
    def parse(cls, text: str, *, seed: int) -> "Failpoints":
        """Read ``after_produce:abort:0.01,after_commit:kill:0.001``; empty means none."""
        injuries: dict[Failpoint, tuple[Injury, float]] = {}
        for entry in filter(None, text.split(",")):
            try:
                place, injury, probability = entry.split(":")
                injuries[Failpoint(place)] = (Injury(injury), float(probability))
            except ValueError as error:
                places, names = ", ".join(Failpoint), ", ".join(Injury)
                raise SettingsError(
                    f"LEDGERMIND_WORKER_FAILPOINTS: {entry!r} is not place:injury:probability "
                    f"(places: {places}; injuries: {names})"
                ) from error
        return cls(injuries, random.Random(seed))

    def reach(self, place: Failpoint) -> None:
        """Do what is asked for at this place, with its probability."""
        if place not in self.injuries:
            return
        injury, probability = self.injuries[place]
        if self.dice.random() >= probability:
            return
        if injury is Injury.KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        elif injury is Injury.HANG:
            time.sleep(HANG_SECONDS)
        elif place is not Failpoint.AFTER_COMMIT:  # what is committed cannot be aborted
            raise KafkaException(KafkaError(KafkaError._APPLICATION, "injected", False, False, True))

"""First release: trained in the background where there is none, and put into shadow once it is there."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from ops.errors import OpsError
from ops.local.supervisor import Child
from schemas.events.rollout import ArmPolicy
from scorer.release.registry import Registry
from streams.errors import StreamError
from streams.rollout.change import Change
from streams.rollout.writer import Writer
from streams.settings import KafkaSettings


class FirstRelease:
    """``say`` hears what becomes of it."""

    def __init__(self, registry: str, kafka: KafkaSettings, *, say: Callable[[str], None]) -> None:
        self._registry = registry
        self._kafka = kafka
        self._say = say
        self._training: Child | None = None

    @property
    def is_needed(self) -> bool:
        """Whether the registry has no release."""
        return not Registry(self._registry).versions()

    def expect(self, training: Child) -> None:
        """Wait for what this training writes."""
        self._training = training
        self._say("a first release is trained in the background; rules answer meanwhile")

    def look(self) -> None:
        """Put the first release into shadow once it is there; try again where another writer was faster."""
        if self._training is None or not self._training.is_done:
            return
        versions = Registry(self._registry).versions()
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

"""Plan: under which rollout record each past record is scored again, with the releases that it names loaded."""

from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from ops.errors import OpsError
from ops.replay.window import Past
from schemas.events.rollout import ArmPolicy, RolloutRecord
from scorer.errors import ReleaseError
from streams.process.scoring import ServedModel
from streams.rollout.named_releases import barred, named


class ReplayError(OpsError):
    """The window, the rollout record or the release that was asked for is not there."""

    exit_code = 2


class Counterfactual(Struct, frozen=True):
    """What would have been otherwise; all None: nothing, the replay is to find the same events."""

    release: str | None = None  # the canary's
    rollout_version: int | None = None
    percent: str | None = None

    @property
    def is_none(self) -> bool:
        """Whether everything is as it was."""
        return self == Counterfactual()


class Plan:
    """Loads each release once, when the first record needs it; ``records`` is the whole chain, version by version."""

    def __init__(
        self, records: Sequence[RolloutRecord], change: Counterfactual, *, load: Callable[[str], ServedModel]
    ) -> None:
        self._records = records
        self._change = change
        self._load = load
        self._planned: dict[int, RolloutRecord] = {}
        self.models: dict[str, ServedModel] = {}
        self.barred: set[str] = set()

    def rollout_of(self, past: Past) -> RolloutRecord:
        """Return the rollout record for one past record; raises ReplayError where it or a release is not there."""
        version = past.suggestion.rollout_version
        if self._change.rollout_version is not None:
            version = self._change.rollout_version
        if version not in self._planned:
            self._planned[version] = self._plan(version)
        return self._planned[version]

    def _plan(self, version: int) -> RolloutRecord:
        if version >= len(self._records):
            raise ReplayError(
                f"rollout version {version} has not landed in the warehouse: "
                f"it has {len(self._records)}, counted from 0; run: ledgermind landing"
            )
        record = self._records[version]
        canary = record.canary if self._change.release is None else ArmPolicy(self._change.release)
        record = msgspec.structs.replace(record, canary=canary, percent=self._change.percent or record.percent)
        for release in named(record):
            if release not in self.models:
                try:
                    self.models[release] = self._load(release)
                except ReleaseError as error:
                    raise ReplayError(f"{error}; it was looked for in LEDGERMIND_REGISTRY") from error
        self.barred.update(barred(record, self.models))
        return record

"""Rescore: sends past records through the worker's own transform, under the rollout record that is asked for."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from ops.replay.window import Past
from schemas.events.comparison import Comparison
from schemas.events.hint import HintedCategory
from schemas.events.rollout import RolloutRecord
from schemas.events.suggestion import Suggestion
from streams.process.hints import NO_HINTS, Pinned
from streams.process.scoring import Rules, Scoring, ServedModel
from streams.process.transform import Transform
from streams.rollout.named_releases import barred

MODEL_SECONDS: Final = 300.0  # nobody waits for these answers; a timeout would only hide what a model says
WORKER_VERSION: Final = "replay"
HintsAt = Callable[[int | None, Sequence[Past]], Mapping[str, HintedCategory]]


class Again(Struct, frozen=True, gc=False):
    """One past record and its events as they come out now; None where it became a dead letter."""

    past: Past
    rollout_version: int
    suggestion: Suggestion | None
    comparison: Comparison | None


class Rescore:
    """One pipeline, as a worker has it; ``models`` are those of all records that will be asked for, loaded before.

    ``hints`` gives the hints of records as of a position on user-hints.
    """

    def __init__(
        self, rules: Rules, models: Mapping[str, ServedModel], *, hints: HintsAt, now: Callable[[], float] = time.time
    ) -> None:
        self._models = models
        self._hints = hints
        self._pinned = NO_HINTS
        self._barred: frozenset[str] = frozenset()
        self._scoring = Scoring(rules, models=self._get, model_seconds=MODEL_SECONDS)
        self._transform = Transform(self._scoring, worker_version=WORKER_VERSION, now=now, pin=lambda _: self._pinned)

    async def run(self, batch: Sequence[Past], rollout_of: Callable[[Past], RolloutRecord]) -> list[Again]:
        """Score a batch again, in one go per rollout record and position of the hints."""
        groups: dict[tuple[str, int, int | None], list[Past]] = defaultdict(list)
        rollouts: dict[int, RolloutRecord] = {}
        for past in batch:
            rollout = rollout_of(past)
            rollouts[rollout.version] = rollout
            groups[past.topic_id, rollout.version, past.suggestion.hints_position].append(past)
        again: list[Again] = []
        for (topic_id, version, position), group in groups.items():
            self._pinned = Pinned(position, self._hints(position, group))
            again += await self._run_group(group, topic_id, rollouts[version])
        return again

    async def _run_group(self, group: Sequence[Past], topic_id: str, rollout: RolloutRecord) -> list[Again]:
        self._barred = frozenset(barred(rollout, self._models))
        records = [past.record for past in group]
        transformed = await self._transform.run(records, rollout, topic_id=topic_id)
        scored = {(item.record.partition, item.record.offset): item for item in transformed.scored}
        again = []
        for past in group:
            item = scored.get((past.record.partition, past.record.offset))
            events = (None, None) if item is None else (item.suggestion, item.comparison)
            again.append(Again(past, rollout.version, *events))
        return again

    def _get(self, version: str) -> ServedModel | None:
        return None if version in self._barred else self._models.get(version)

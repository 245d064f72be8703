"""Run: a window from the first batch to the last, and what came of it."""

import time
from collections import Counter

import msgspec
from msgspec import Struct

from ops.replay.differences import Identity, WhatIf, amiss
from ops.replay.plan import Plan
from ops.replay.score import HintsAt, Rescore
from ops.replay.window import Batches, LeftOut, Past
from streams.process.scoring import Rules


class Replayed(Struct, kw_only=True):
    """One replay: what was read, what came of it, and how long it took, reading included."""

    outcome: Identity | WhatIf
    read: int = 0
    left_out: Counter[LeftOut] = msgspec.field(default_factory=Counter)
    versions: Counter[int] = msgspec.field(default_factory=Counter)  # rollout version → records scored under it
    rules: Counter[str] = msgspec.field(default_factory=Counter)  # version of the rules when it was written → records
    seconds: float = 0.0

    @property
    def scored(self) -> int:
        """The records that were scored again."""
        return self.versions.total()

    @property
    def per_second(self) -> float:
        """Records a second."""
        return self.read / self.seconds if self.seconds > 0 else 0.0

    @property
    def amiss(self) -> int:
        """The records whose events are missing, doubled or unreadable, and events without a record."""
        return amiss(self.left_out)

    @property
    def is_identical(self) -> bool:
        """Whether every event that can be computed again is the one that was written."""
        return isinstance(self.outcome, Identity) and not self.outcome.differing and not self.amiss


async def run(batches: Batches, plan: Plan, rules: Rules, outcome: Identity | WhatIf, *, hints: HintsAt) -> Replayed:
    """Score every batch again under the plan; raises ReplayError and psycopg.Error."""
    replayed = Replayed(outcome=outcome)
    rescore = Rescore(rules, plan.models, hints=hints)
    started_at = time.perf_counter()
    for batch in batches:
        pasts = [one for one in batch if isinstance(one, Past)]
        replayed.read += len(batch)
        replayed.left_out.update(one for one in batch if isinstance(one, LeftOut))
        for again in await rescore.run(pasts, plan.rollout_of):
            replayed.versions[again.rollout_version] += 1
            replayed.rules[again.past.suggestion.rules_version] += 1
            outcome.add(again)
    replayed.seconds = time.perf_counter() - started_at
    return replayed

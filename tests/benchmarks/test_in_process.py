"""What each step costs, the whole of it with and without a model, and the same work written naively, in one run."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest

from rules.load import load_rules
from schemas.events.comparison import Role
from schemas.events.rollout import ArmPolicy, RolloutRecord, ThresholdsSource
from schemas.events.suggestion import Arm
from schemas.hash_chain import GENESIS_HASH
from scorer.release.manifest import BOOSTER
from scorer.release.release import build_release
from streams.process.batch_types import Answers, Context, Record
from streams.process.codec import decode_transaction
from streams.process.pipeline import assign, conclude, decode, encode
from streams.rollout.release_model import ReleaseModel
from tests.benchmarks.model import learn
from tests.benchmarks.naive import NaivePipeline
from tests.benchmarks.stopwatch import Stopwatch, rounds
from tests.benchmarks.traffic import purchases, records, transactions

pytestmark = pytest.mark.benchmark
RECORDS = 30_000
BATCH = 500
ROUNDS = 7
NAIVE_RECORDS = 150
NAIVE_RATIO = 30
STEPS_OF_RULES = ("decode", "describe", "assign", "rules", "conclude", "encode")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def rollout(version: str | None) -> RolloutRecord:
    """Return a record that gives a model to half of the users and scores it for all."""
    return RolloutRecord(
        version=1,
        percent="50.00",
        shadow=True,
        shadow_percent="100.00",
        control=ArmPolicy(),
        canary=ArmPolicy(version),
        salt="benchmark",
        thresholds_source=ThresholdsSource.RELEASE,
        actor="benchmark",
        reason="benchmark",
        decided_at=NOW,
        verdict=None,
        evidence=None,
        prev_hash=GENESIS_HASH,
        hash=GENESIS_HASH,
    )


class Line:
    """The pipeline's steps one after the other on one thread, timed one by one."""

    def __init__(self, name: str, model: ReleaseModel | None, watch: Stopwatch) -> None:
        self._name, self._model, self._watch = name, model, watch
        self._rollout = rollout("benchmark" if model else None)
        self._engine = load_rules(None)

    def run(self, batch: Sequence[Record]) -> None:
        lap = self._watch.lap
        with lap(f"{self._name}: decode and describe"):
            decoded = decode(batch)
        with lap(f"{self._name}: assign"):
            assigned = assign(decoded.transactions, self._rollout)
        with lap(f"{self._name}: rules"):
            rules = self._engine.answer(decoded.transactions, decoded.descriptors)
        models = {}
        if self._model is not None:
            with lap(f"{self._name}: model"):
                asked = self._model.answer(
                    decoded.transactions,
                    decoded.descriptors,
                    role=Role.CHALLENGER,
                    explained=[arm is Arm.CANARY for arm in assigned.arms],
                )
            models = {Role.CHALLENGER: asked}
        context = Context("ZmFzdC1hbmQtZXhhY3Q", self._engine.version, self._rollout, 1, NOW)
        with lap(f"{self._name}: conclude"):
            scored = conclude(decoded, assigned, Answers(rules, models), context)
        with lap(f"{self._name}: encode"):
            for item in scored:
                encode(item)
        assert len(scored) == len(batch)


def show(medians: Mapping[str, float]) -> None:
    """Print microseconds per transaction, and the sum of what belongs together."""
    print(f"\n{'µs per transaction (CPU, one thread)':40} {'median':>8}")
    for name, seconds in medians.items():
        print(f"{name:40} {seconds * 1e6:8.2f}")


def test_steps_and_the_whole_beside_the_naive_way() -> None:
    learnt, batches = learn(), records(RECORDS)
    watch = Stopwatch()
    release = build_release(learnt.files, name=learnt.version)
    lines = [Line("rules", None, watch), Line("model", ReleaseModel(release), watch)]
    naive = NaivePipeline(load_rules(None), transactions(RECORDS)[:3_000], learnt.files[BOOSTER].decode())

    def run() -> int:
        for line in lines:
            for start in range(0, RECORDS, BATCH):
                line.run(batches[start : start + BATCH])
        with watch.lap("of it decode alone"):
            for record in batches:
                decode_transaction(record.key, record.value)
        with watch.lap("naive"):
            for record in batches[:NAIVE_RECORDS]:
                naive.run(record)
        return RECORDS

    rounds(ROUNDS, run, watch)
    medians = dict(watch.medians())
    medians["naive"] *= RECORDS / NAIVE_RECORDS
    show(medians)
    whole = {
        name: sum(seconds for step, seconds in medians.items() if step.startswith(f"{name}: "))
        for name in ("rules", "model")
    }
    print(f"{'real purchases' if purchases() else 'simulated'}, batches of {BATCH}, {ROUNDS} rounds")
    for name, seconds in (*whole.items(), ("naive", medians["naive"])):
        print(
            f"{name:12} {seconds * 1e6:10.2f} µs {1 / seconds:12,.0f}/s  naive/this {medians['naive'] / seconds:8.1f}"
        )
    assert medians["naive"] / whole["model"] >= NAIVE_RATIO

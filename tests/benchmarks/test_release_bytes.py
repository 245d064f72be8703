"""A release made twice from the same purchases, and what it costs to explain its answers."""

import time

import pytest

from schemas.text.descriptor import build_descriptor
from scorer.release.manifest import hash_of
from scorer.release.release import build_release
from streams.rollout.release_model import ReleaseModel
from tests.benchmarks.model import learn
from tests.benchmarks.traffic import transactions

pytestmark = pytest.mark.benchmark
RECORDS, BATCH = 20_000, 256


def test_two_trainings_give_the_same_bytes() -> None:
    first = learn()
    learn.cache_clear()
    again = learn()
    print()
    for name in sorted(first.files):
        print(f"{name:18} {hash_of(first.files[name])[:16]} {hash_of(again.files[name])[:16]}")
    assert again.version == first.version
    assert again.files == first.files


def test_explanations_cost_little_beside_the_answer() -> None:
    learnt = learn()
    release = build_release(learnt.files, name=learnt.version)
    model, rows = ReleaseModel(release), transactions(RECORDS)
    described = [build_descriptor(row) for row in rows]
    print()
    for name in ("wordings never met", "wordings met before"):
        answering = explaining = 0.0
        told = 0
        for begin in range(0, len(rows), BATCH):
            some, their = rows[begin : begin + BATCH], described[begin : begin + BATCH]
            started_at = time.thread_time()
            answers = release.answer(some, their)
            answered_at = time.thread_time()
            told += sum(map(bool, model.explain(some, their, answers)))
            answering += answered_at - started_at
            explaining += time.thread_time() - answered_at
        per_row = 1e6 / len(rows)
        print(
            f"{name}: answer {answering * per_row:.1f} µs a row, explanations {explaining * per_row:.2f} µs, "
            f"{told / len(rows):.0%} of the rows explained"
        )
    assert told > len(rows) / 2

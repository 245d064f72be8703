"""The cache of wordings changes no answer, keeps within its bytes, and steps aside where wordings do not repeat."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.transaction import Transaction
from schemas.text.descriptor import Descriptor, build_descriptor
from scorer.model import wordings
from scorer.model.calibration import RawScores
from scorer.model.model import Model
from scorer.model.wordings import WordingCache, Wordings, cached_bytes
from scorer.release.release import build_release
from tests.support.small_dataset import release, transactions

ROWS = 300


@pytest.fixture(scope="module")
def model() -> Model:
    version, files = release()
    return build_release(files, name=version).model


@pytest.fixture(scope="module")
def rows() -> list[Transaction]:
    return transactions(ROWS)[0]


def score(model: Model, rows: Sequence[Transaction], batch: int) -> RawScores:
    parts = [
        model.score(part, [build_descriptor(row) for row in part])
        for part in (rows[at : at + batch] for at in range(0, len(rows), batch))
    ]
    return RawScores(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def assert_same(one: RawScores, other: RawScores) -> None:
    for mine, its in zip(one, other, strict=True):
        np.testing.assert_array_equal(mine, its, strict=True)


def test_a_release_has_a_cache_of_its_own(model: Model) -> None:
    version, files = release()
    other = build_release(files, name=version).model
    assert model.cache is not None
    assert model.cache is not other.cache


@pytest.mark.parametrize("batch", [1, 7, 64, 5_000])
@pytest.mark.parametrize("size", [0, 20_000, wordings.MAX_CACHED_BYTES])
def test_scores_are_the_same_with_and_without_it_in_every_batch(
    model: Model, rows: list[Transaction], batch: int, size: int
) -> None:
    plain = score(replace(model, cache=None), rows, len(rows))
    cached = replace(model, cache=WordingCache(size))
    for _ in range(2):
        assert_same(score(cached, rows, batch), plain)


def test_threads_share_it(model: Model, rows: list[Transaction]) -> None:
    cached = replace(model, cache=WordingCache(30_000))
    plain = score(replace(model, cache=None), rows, len(rows))
    with ThreadPoolExecutor(4) as threads:
        for found in threads.map(lambda batch: score(cached, rows, batch), [3, 5, 7, 11] * 4):
            assert_same(found, plain)


def numbered(number: int) -> Descriptor:
    return Descriptor(f"shop {number}", "shop", f"shop no {number}")


class Counting:
    """Computes rows that name their wording, and counts them."""

    def __init__(self) -> None:
        self.computed = 0

    def __call__(self, descriptors: Sequence[Descriptor]) -> Wordings:
        self.computed += len(descriptors)
        made = np.zeros((len(descriptors), wordings._WIDTH), dtype=np.float32)
        made[:, 0] = [float(one.norm.split()[1]) for one in descriptors]
        return Wordings(made)


@given(batches=st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=30), max_size=30), entries=st.integers(0, 30))
def test_it_keeps_within_its_bytes_and_mixes_nothing_up(batches: list[list[int]], entries: int) -> None:
    size = entries * cached_bytes(numbered(10))
    cache, compute = WordingCache(size), Counting()
    for batch in batches:
        found = cache.find([numbered(one) for one in batch], compute)
        assert found.text[:, 0].tolist() == batch
        held = sum(map(cached_bytes, cache._young)) + sum(map(cached_bytes, cache._old))
        largest = max(len(set(one)) for one in batches)
        assert held <= size + largest * cached_bytes(numbered(10))


def test_a_wording_that_is_asked_again_is_not_computed_again() -> None:
    cache, compute = WordingCache(), Counting()
    for _ in range(3):
        cache.find([numbered(1), numbered(2), numbered(1)], compute)
    assert compute.computed == 2


def test_it_steps_aside_where_wordings_do_not_repeat_and_tries_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wordings, "_WATCHED", 100)
    cache, compute = WordingCache(), Counting()
    for start in range(0, 200, 20):
        cache.find([numbered(one) for one in range(start, start + 20)], compute)
    assert not cache._young
    for _ in range(60):
        cache.find([numbered(one) for one in range(20)], compute)
    assert len(cache._young) == 20


def test_parts_of_another_width_are_refused() -> None:
    plain = np.zeros((2, wordings._COUNT), dtype=np.float32)
    with pytest.raises(ValueError, match="each category"):
        Wordings.of(
            text=plain,
            vocabulary=plain[:, 1:],
            prior=plain,
            support=plain[:, 0],
            brands=np.zeros(2, dtype=np.int64),
            evidence=np.zeros(2, dtype=np.uint8),
        )

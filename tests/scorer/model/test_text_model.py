"""Hashed n-grams and marks: one row at a time and many at once are the same."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.model.text_model import MARK_WEIGHT, TextModel, weigh, weigh_marks
from scorer.model.token_hashing import BUCKET_BITS, BUCKETS, HashedText, hash_marks, hash_texts

words = st.text(st.characters(blacklist_categories=("Cs", "Z", "C")), min_size=1, max_size=12)
texts = st.lists(words, max_size=5).map(" ".join)


def test_the_first_bits_of_a_long_hash_are_the_bucket() -> None:
    texts = ["tesco stores 3217", "", "costa"]
    short, long = hash_marks(texts), hash_marks(texts, bits=31)
    assert (long.buckets >> (31 - BUCKET_BITS)).tolist() == short.buckets.tolist()
    assert long.starts.tolist() == short.starts.tolist()
    assert long.buckets.max() >= BUCKETS


@pytest.mark.parametrize("hashes", [hash_texts, hash_marks])
@given(st.lists(texts, max_size=6))
def test_a_batch_hashes_each_text_as_if_it_were_alone(
    hashes: Callable[[Sequence[str]], HashedText], batch: list[str]
) -> None:
    together = hashes(batch)
    for place, text in enumerate(batch):
        alone = hashes([text])
        part = together.buckets[together.starts[place] : together.starts[place + 1]]
        assert part.tolist() == alone.buckets.tolist()


@pytest.mark.parametrize("hashes", [hash_texts, hash_marks])
@given(texts)
def test_every_bucket_is_in_range_and_an_empty_text_has_none(
    hashes: Callable[[Sequence[str]], HashedText], text: str
) -> None:
    hashed = hashes([text])
    assert ((hashed.buckets >= 0) & (hashed.buckets < BUCKETS)).all()
    assert bool(hashed.buckets.size) == bool(text)


@pytest.mark.parametrize(
    ("text", "grams"),
    [
        pytest.param("", 0, id="nothing"),
        pytest.param("a", 2 + 2, id="a letter: two pairs, the word and the first word"),
        pytest.param("ab", 3 + 2 + 2, id="two letters: three pairs, two triples"),
        pytest.param("ab c", (3 + 2 + 2) + (2 + 1) + 1, id="two words and their pair; only one is first"),
    ],
)
def test_n_grams_stay_inside_words(text: str, grams: int) -> None:
    assert hash_texts([text]).buckets.size == grams


def test_the_same_word_hashes_alike_wherever_it_stands_but_for_the_first_word() -> None:
    alone = set(hash_texts(["cafe"]).buckets.tolist())
    second = set(hash_texts(["xyzzy cafe"]).buckets.tolist())
    assert len(alone - second) == 1


def test_hashes_are_the_same_on_every_machine() -> None:
    assert hash_texts(["tesco é"]).buckets[:4].tolist() == [112534, 100566, 25871, 83637]


@pytest.mark.parametrize(
    ("written", "marks"),
    [
        pytest.param("", 0, id="nothing"),
        pytest.param("tesco", 1 + 1, id="a word, and the whole"),
        pytest.param("tesco stores 3217", 3 + 2 + 1, id="three words, two pairs, and the whole"),
    ],
)
def test_marks_are_the_words_their_pairs_and_the_whole(written: str, marks: int) -> None:
    assert hash_marks([written]).buckets.size == marks


def test_two_descriptions_share_the_marks_of_what_they_share() -> None:
    one, other, turned = (
        set(hash_marks([text]).buckets.tolist()) for text in ("tesco stores 3217", "tesco stores 4", "stores tesco 4")
    )
    assert len(one & other) == 3  # two words and their pair
    assert len(other & turned) == 3  # three words, no pair; the whole knows their order
    whole = [hash_marks([text]).buckets.tolist() for text in ("a b c", "a c b", "b a c")]
    assert len({frozenset(marks) for marks in whole}) == 3


def test_a_mark_never_met_changes_no_score() -> None:
    mark_weights = np.zeros((BUCKETS, 2), dtype=np.float32)
    mark_weights[hash_marks(["tesco 3217"]).buckets] = 1, -1
    model = TextModel(
        np.zeros((BUCKETS, 3), np.float32), np.ones(BUCKETS, np.float32), np.zeros(3, np.float32), mark_weights
    )
    scores = model.scores(hash_texts(["tesco", "tesco", "tesco"]), hash_marks(["tesco 3217", "3217", "tesco new"]))
    assert weigh_marks(hash_marks(["tesco 3217"])).sum() == pytest.approx(4 * MARK_WEIGHT)
    assert scores[0].tolist() == pytest.approx([4 * MARK_WEIGHT, -4 * MARK_WEIGHT, 0])
    assert scores[1:, 0].tolist() == pytest.approx([MARK_WEIGHT, MARK_WEIGHT])


def test_rows_have_unit_length_and_an_empty_text_an_empty_row() -> None:
    matrix = weigh(hash_texts(["shell", "", "bp garage"]), np.ones(BUCKETS, dtype=np.float32))
    lengths = np.sqrt((matrix.toarray() ** 2).sum(axis=1))
    assert lengths[1] == 0
    assert (lengths[[0, 2]] > 0.9).all()


def test_a_model_survives_its_file() -> None:
    weights = np.zeros((BUCKETS, 3), dtype=np.float32)
    weights[[5, 70_000]] = ((1, 2, 3), (4, 5, 6))
    mark_weights = np.zeros((BUCKETS, 2), dtype=np.float32)
    mark_weights[[7, 9]] = ((1, 2), (3, 4))
    model = TextModel(weights, np.ones(BUCKETS, np.float32), np.array([0, 1, 2], dtype=np.float32), mark_weights)
    again = TextModel.from_bytes(model.to_bytes())
    assert (again.weights == model.weights).all()
    assert (again.mark_weights == model.mark_weights).all()
    assert again.to_bytes() == model.to_bytes()


def test_a_file_that_is_no_model_is_refused() -> None:
    with pytest.raises(ValueError, match="not a readable npz"):
        TextModel.from_bytes(b"PK no")

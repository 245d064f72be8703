"""Nonsense looks like the words that it is made of, is the same for a seed, and is none of them."""

from trainer.evaluation.nonsense import nonsense

NORMS = ("tesco stores london", "cafe luna 1234", "a b")


def test_the_same_seed_gives_the_same_lines_and_another_seed_others() -> None:
    assert nonsense(NORMS, count=50, seed=1) == nonsense(NORMS, count=50, seed=1)
    assert nonsense(NORMS, count=50, seed=1) != nonsense(NORMS, count=50, seed=2)


def test_lines_are_words_of_pairs_of_letters_that_words_have() -> None:
    pairs = {
        word[at : at + 2] for word in ("tesco", "stores", "london", "cafe", "luna") for at in range(0, len(word) - 1, 2)
    }
    for line in nonsense(NORMS, count=200, seed=3):
        words = line.split()
        assert 1 <= len(words) <= 3
        for word in words:
            assert len(word) in range(2, 11, 2)
            assert {word[at : at + 2] for at in range(0, len(word), 2)} <= pairs


def test_few_lines_are_a_wording_that_there_is() -> None:
    known = {word for norm in NORMS for word in norm.split()}
    lines = nonsense(NORMS, count=500, seed=4)
    assert sum(set(line.split()) <= known for line in lines) < 0.1 * len(lines)


def test_rows_without_a_word_still_give_lines() -> None:
    assert all(line.isalpha() or " " in line for line in nonsense(("", "1 2"), count=20, seed=5))

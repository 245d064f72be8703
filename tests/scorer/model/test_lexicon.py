"""Vocabulary: brands at the start of a description, and evidence of words never labelled."""

import numpy as np
import pytest

from schemas.taxonomy import CATEGORIES, Category
from scorer.model.lexicon import Vocabulary
from scorer.model.merchant_priors import MerchantPriors

HEALTH, DINING = CATEGORIES.index(Category("Health")), CATEGORIES.index(Category("Dining"))
KNOWN = Vocabulary({"boots": HEALTH, "pizza hut": DINING, "the red lion inn bar": DINING}, {"5912": HEALTH})


@pytest.mark.parametrize(
    ("norm", "category"),
    [
        pytest.param("boots", HEALTH, id="the name itself"),
        pytest.param("boots chemist high street", HEALTH, id="the name first"),
        pytest.param("the boots", -1, id="the name later"),
        pytest.param("pizza hut delivery", DINING, id="two words"),
        pytest.param("pizza express", -1, id="half a name"),
        pytest.param("bootsy", -1, id="a longer word"),
        pytest.param("the red lion inn bar soho", -1, id="a name of five words is found only whole"),
        pytest.param("", -1, id="nothing"),
    ],
)
def test_brands_are_found_at_the_start(norm: str, category: int) -> None:
    assert KNOWN.find_brands([norm]).tolist() == [category]


def test_a_vocabulary_survives_its_file() -> None:
    assert Vocabulary.from_bytes(KNOWN.to_bytes()) == KNOWN


def test_priors_survive_their_file_and_give_a_stranger_nothing() -> None:
    shares = np.zeros((2, 22), np.float32)
    shares[:, 3] = 1
    priors = MerchantPriors(("a", "é"), shares, np.array([2, 9], np.float32))
    again = MerchantPriors.from_bytes(priors.to_bytes())
    found, support = again.look_up(["é", "nobody", "a"])
    assert support.tolist() == [9, 0, 2]
    assert found.sum(axis=1).tolist() == [1, 0, 1]

"""A merchant that a release knows has its shares and its support; one that it does not know has nothing."""

import numpy as np
import pytest

from schemas.taxonomy import CATEGORIES
from scorer.model.arrays import pack
from scorer.model.merchant_priors import MerchantPriors

SHARES = np.eye(2, len(CATEGORIES), dtype=np.float32)
PRIORS = MerchantPriors(("tesco", "costa"), SHARES, np.array([12.0, 3.0], dtype=np.float32))


def test_rows_are_looked_up_in_their_order_and_strangers_have_nothing() -> None:
    shares, support = PRIORS.look_up(["costa", "nobody", "tesco", "costa"])
    assert support.tolist() == [3.0, 0.0, 12.0, 3.0]
    assert np.array_equal(shares, np.stack([SHARES[1], np.zeros(len(CATEGORIES)), SHARES[0], SHARES[1]]))
    assert shares.dtype == support.dtype == np.dtype(np.float32)


def test_no_row_and_no_merchant_are_fine() -> None:
    assert PRIORS.look_up([])[0].shape == (0, len(CATEGORIES))
    nobody = MerchantPriors((), np.zeros((0, len(CATEGORIES)), np.float32), np.zeros(0, np.float32))
    assert nobody.look_up(["tesco"])[1].tolist() == [0.0]


def test_what_is_written_is_read_again() -> None:
    again = MerchantPriors.from_bytes(PRIORS.to_bytes())
    assert again.keys == PRIORS.keys
    assert np.array_equal(again.shares, PRIORS.shares)
    assert again.look_up(["costa"])[1].tolist() == [3.0]


@pytest.mark.parametrize(
    ("keys", "categories", "support"),
    [
        pytest.param(2, len(CATEGORIES) - 1, 2, id="too few categories"),
        pytest.param(1, len(CATEGORIES), 2, id="too few merchants"),
        pytest.param(2, len(CATEGORIES), 1, id="too little support"),
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(keys: int, categories: int, support: int) -> None:
    content = pack(
        keys=np.array(["a", "b"][:keys], dtype=np.str_),
        shares=np.zeros((2, categories), np.float32),
        support=np.zeros(support, np.float32),
    )
    with pytest.raises(ValueError, match="do not fit together"):
        MerchantPriors.from_bytes(content)


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + b"\0" * 18, pack(keys=np.array([1.0]))])
def test_what_is_something_else_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        MerchantPriors.from_bytes(content)

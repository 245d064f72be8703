"""Features: each number means what its name says, and a batch is its rows."""

from datetime import UTC, datetime

import numpy as np
import pytest

from schemas.events.transaction import Channel, Transaction
from schemas.text.descriptor import build_descriptor
from scorer.features.features import FEATURE_NAMES, NUMERIC_NAMES, assemble, log_probabilities, numerics, on_grid


def transaction(amount: str = "-12.99", **fields: object) -> Transaction:
    whole = {
        "schema_version": "1.0",
        "txn_id": "t",
        "user_id": "u",
        "account_id": "a",
        "occurred_at": datetime(2026, 11, 23, 17, 30, tzinfo=UTC),
        "amount": amount,
        "currency": "GBP",
        "description": "zelle payment to sam",
        **fields,
    }
    return Transaction(**whole)  # type: ignore[arg-type]


def numbers(row: Transaction) -> dict[str, float]:
    values = numerics([row], [build_descriptor(row)], mcc={"5411": 4})[0]
    return dict(zip(NUMERIC_NAMES, values.tolist(), strict=True))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(transaction("-12.99"), {"sign": -1, "cents": 99, "is_just_below": 1, "is_round": 0}, id="99"),
        pytest.param(transaction("20.00"), {"sign": 1, "cents": 0, "is_round": 1}, id="round inflow"),
        pytest.param(transaction("0"), {"sign": 0, "log_amount": 0}, id="zero"),
        pytest.param(transaction(), {"hour": 17, "weekday": 0, "day": 23}, id="a Monday afternoon"),
        pytest.param(transaction(occurred_at=datetime(1970, 1, 1, tzinfo=UTC)), {"weekday": 3, "day": 1}, id="epoch"),
        pytest.param(transaction(mcc="5411"), {"mcc_category": 4}, id="known code"),
        pytest.param(transaction(mcc="0001"), {"mcc_category": -1}, id="unknown code"),
        pytest.param(transaction(channel=Channel.ATM), {"channel": 4}, id="channel"),
        pytest.param(transaction(), {"channel": -1, "mcc_category": -1}, id="neither"),
    ],
)
def test_numbers_mean_what_they_are_called(row: Transaction, expected: dict[str, float]) -> None:
    found = numbers(row)
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_amounts_at_the_contracts_limit_stay_finite() -> None:
    assert np.isfinite(list(numbers(transaction("-" + "9" * 18 + "." + "9" * 8)).values())).all()


def test_no_rows_give_an_empty_matrix() -> None:
    assert numerics([], [], mcc={}).shape == (0, len(NUMERIC_NAMES))


def test_a_brand_and_a_code_add_to_the_vocabularys_evidence_of_their_category() -> None:
    row = transaction(mcc="5411")
    numeric = numerics([row], [build_descriptor(row)], mcc={"5411": 4})
    zeros = np.zeros((1, 22), dtype=np.float32)
    made = assemble(
        text=zeros,
        vocabulary=zeros,
        brands=np.array([4]),
        prior=zeros,
        support=np.zeros(1, np.float32),
        numeric=numeric,
    )[0]
    evidence = dict(zip(FEATURE_NAMES, made.tolist(), strict=True))
    assert evidence["vocabulary Housing"] == 6.0
    assert sum(value for name, value in evidence.items() if name.startswith("vocabulary")) == 6.0
    assert evidence["brand_known"] == 1.0


def test_a_threshold_between_two_feature_values_is_exact_in_float32() -> None:
    values = np.unique(on_grid(np.random.default_rng(1).normal(0, 50, 5_000).astype(np.float32))).astype(np.float64)
    middles = (values[1:] + values[:-1]) / 2
    assert (middles.astype(np.float32) == middles).all()


def test_log_probabilities_have_a_floor_and_sum_to_one() -> None:
    found = log_probabilities(np.array([[5.0, 4.0, -300.0]], dtype=np.float32))
    assert found[0, 2] == -8.0
    assert np.exp(found).sum() == pytest.approx(1.0, abs=0.01)

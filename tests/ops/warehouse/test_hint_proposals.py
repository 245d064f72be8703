"""A hint is proposed where a user's last corrections of one merchant agree, and to nobody who has set one."""

from datetime import UTC, datetime

import pytest

from ops.warehouse.hint_proposals import Correction, Proposal, propose
from schemas.taxonomy import Category

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
TRAVEL = "Travel"


def corrections(*said: tuple[str, str, str]) -> list[Correction]:
    """Return corrections in their order, each of a transaction to a category, of a line."""
    return [Correction("ann", txn, category, NOON, line, None) for txn, category, line in said]


@pytest.mark.parametrize(
    ("said", "proposed"),
    [
        pytest.param([("1", TRAVEL, "CAFE LUNA 1"), ("2", TRAVEL, "SQ *CAFE LUNA 2")], 2, id="two of one merchant"),
        pytest.param([("1", TRAVEL, "CAFE LUNA")], None, id="one"),
        pytest.param([("1", TRAVEL, "CAFE LUNA"), ("1", TRAVEL, "CAFE LUNA")], None, id="one transaction, twice"),
        pytest.param([("1", TRAVEL, "CAFE LUNA"), ("2", TRAVEL, "TESCO")], None, id="two merchants"),
        pytest.param(
            [("1", TRAVEL, "CAFE LUNA"), ("2", TRAVEL, "CAFE LUNA"), ("3", "Dining", "CAFE LUNA")],
            None,
            id="the last one disagrees",
        ),
        pytest.param(
            [("1", "Dining", "CAFE LUNA"), ("2", TRAVEL, "CAFE LUNA"), ("3", TRAVEL, "CAFE LUNA")],
            2,
            id="an earlier one disagrees",
        ),
        pytest.param(
            [("1", "Dining", "CAFE LUNA"), ("2", TRAVEL, "CAFE LUNA"), ("1", TRAVEL, "CAFE LUNA")],
            2,
            id="a correction is corrected",
        ),
    ],
)
def test_the_last_corrections_of_a_merchant_propose_a_hint(
    said: list[tuple[str, str, str]], proposed: int | None
) -> None:
    expected = [] if proposed is None else [Proposal("ann", "cafe luna", Category("Travel"), proposed)]
    assert list(propose(corrections(*said), known=set(), least=2)) == expected


def test_who_has_set_a_hint_of_that_merchant_is_proposed_none() -> None:
    said = corrections(("1", TRAVEL, "CAFE LUNA"), ("2", TRAVEL, "CAFE LUNA"))
    assert list(propose(said, known={("ann", "cafe luna")}, least=2)) == []
    assert len(list(propose(said, known={("bob", "cafe luna")}, least=2))) == 1

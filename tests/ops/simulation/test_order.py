"""Labels come when they are given, between the transactions that occur around them."""

from datetime import UTC, datetime, timedelta

import pytest

from ops.simulation.order import in_order_of_time
from ops.simulation.simulate import Simulated
from schemas.events.feedback import FEEDBACK_SCHEMA_VERSION, Feedback, FeedbackAction
from schemas.events.transaction import Transaction
from schemas.taxonomy import Category

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return BEGIN + timedelta(days=number)


def simulated(number: float, *labelled_on: float) -> Simulated:
    transaction = Transaction(
        schema_version="1.0",
        txn_id=f"t-{number:g}",
        user_id="ann",
        account_id="card",
        occurred_at=day(number),
        amount="-1",
        currency="EUR",
        description="CAFE",
    )
    labels = tuple(
        Feedback(
            schema_version=FEEDBACK_SCHEMA_VERSION,
            feedback_id=f"f-{number:g}-{given:g}",
            txn_id=transaction.txn_id,
            user_id="ann",
            action=FeedbackAction.CORRECT,
            category=Category("Dining"),
            given_at=day(given),
        )
        for given in labelled_on
    )
    return Simulated(transaction, Category("Dining"), labels)


def names(*rows: Simulated, until: datetime | None = None) -> list[str]:
    return [one.feedback_id if isinstance(one, Feedback) else one.txn_id for one in in_order_of_time(rows, until=until)]


@pytest.mark.parametrize(
    ("rows", "until", "order"),
    [
        pytest.param([], None, [], id="nothing"),
        pytest.param(
            [simulated(1, 2.5), simulated(2), simulated(3)], None, ["t-1", "t-2", "f-1-2.5", "t-3"], id="between"
        ),
        pytest.param(
            [simulated(1, 3), simulated(3)], None, ["t-1", "f-1-3", "t-3"], id="at the very time, it is first"
        ),
        pytest.param(
            [simulated(1, 5, 2.5), simulated(2, 2.2), simulated(9)],
            None,
            ["t-1", "t-2", "f-2-2.2", "f-1-2.5", "f-1-5", "t-9"],
            id="labels of several",
        ),
        pytest.param([simulated(1, 2)], None, ["t-1"], id="after the last it is left out"),
        pytest.param([simulated(1, 2, 4)], day(4), ["t-1", "f-1-2"], id="or comes until a time, which is excluded"),
    ],
)
def test_everything_comes_when_it_happens(rows: list[Simulated], until: datetime | None, order: list[str]) -> None:
    assert names(*rows, until=until) == order

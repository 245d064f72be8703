"""Transactions for the tests of the rules."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from schemas.events.transaction import Channel, Transaction

Make = Callable[..., Transaction]


@pytest.fixture
def make() -> Make:
    def transaction(
        description: str = "",
        *,
        amount: str = "-10.00",
        mcc: str | None = None,
        channel: Channel | None = None,
        currency: str = "XXX",
        country: str | None = None,
        account: str = "a",
        occurred_at: datetime = datetime(2024, 5, 15, 12, tzinfo=UTC),
    ) -> Transaction:
        return Transaction(
            schema_version="1.0",
            txn_id="t",
            user_id="u",
            account_id=account,
            occurred_at=occurred_at,
            amount=amount,
            currency=currency,
            description=description,
            mcc=mcc,
            channel=channel,
            country=country,
        )

    return transaction

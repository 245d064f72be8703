"""Events: transactions and feedback as a producer writes them, by hand from the published contract."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def payment(number: int, description: str = "TESCO STORES 3021", **changes: Any) -> dict[str, Any]:
    """Return a card payment, by one of ten users and a minute after the one before; ``changes`` replace fields."""
    return {
        "schema_version": "1.0",
        "txn_id": f"payment-{number}",
        "user_id": f"user-{number % 10}",
        "account_id": "card",
        "occurred_at": written(NOON + timedelta(minutes=number)),
        "amount": "-4.20",
        "currency": "GBP",
        "description": description,
        **changes,
    }


def feedback(suggestion: dict[str, Any], action: str, **changes: Any) -> dict[str, Any]:
    """Return what a user says of a suggestion: accept or reject, or correct with ``category=``."""
    return {
        "schema_version": "1.0",
        "feedback_id": f"feedback-{suggestion['event_id']}-{action}",
        "txn_id": suggestion["txn_id"],
        "user_id": suggestion["user_id"],
        "action": action,
        "category": suggestion["category"] if action == "accept" else None,
        "source": "human",
        "event_id": suggestion["event_id"],
        "given_at": written(datetime.fromtimestamp(time.time(), UTC)),
        **changes,
    }


def written(moment: datetime) -> str:
    """Return a time as it stands in an event."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

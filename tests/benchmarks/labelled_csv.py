"""A labelled CSV in our column names as transactions and labels, without a warehouse."""

import csv
import gzip
from datetime import datetime
from pathlib import Path

from schemas.events.transaction import TRANSACTION_SCHEMA_VERSION, Channel, Transaction


def read_labelled(path: Path, *, currency: str = "GBP") -> tuple[list[Transaction], list[str]]:
    """Return the rows of a plain or gzipped CSV, and the category of each; ``currency`` where a row names none."""
    rows, labels = [], []
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            labels.append(row["category"])
            rows.append(
                Transaction(
                    schema_version=TRANSACTION_SCHEMA_VERSION,
                    txn_id=row["txn_id"],
                    user_id=row["user_id"],
                    account_id=row["account_id"],
                    occurred_at=datetime.fromisoformat(row["occurred_at"]),
                    amount=row["amount"],
                    currency=row["currency"] or currency,
                    description=row["description"],
                    mcc=row["mcc"] or None,
                    country=row["country"] or None,
                    channel=Channel(row["channel"]) if row["channel"] else None,
                )
            )
    return rows, labels

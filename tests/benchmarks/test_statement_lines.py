"""What carries over: statement lines of five countries, written by hand, asked of a release that learnt real purchases.

The lines are invented from well-known names and wordings, few and easy: a smoke test of what the vocabulary carries,
no evidence of quality.
"""

import csv
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from schemas.events.transaction import Channel, Transaction
from schemas.text.descriptor import build_descriptor
from scorer.release.release import build_release
from tests.benchmarks.model import learn
from tests.benchmarks.traffic import PURCHASES, purchases
from trainer.dataset.lexicon import read_vocabulary
from trainer.dataset.table import CATEGORY_INDEX

pytestmark = pytest.mark.benchmark
LINES = Path(__file__).with_name("statement_lines.csv")
CURRENCIES = {"US": "USD", "GB": "GBP", "ZA": "ZAR", "AU": "AUD", "DE": "EUR"}
WHEN = datetime(2025, 3, 14, 12, tzinfo=UTC)


def lines(*, with_code: bool) -> tuple[list[Transaction], list[str]]:
    """Return the lines as transactions, and the category that was meant."""
    rows, meant = [], []
    for number, row in enumerate(csv.DictReader(LINES.read_text(encoding="utf-8").splitlines())):
        meant.append(row["category"])
        rows.append(
            Transaction(
                schema_version="1.0",
                txn_id=f"line-{number}",
                user_id="u",
                account_id="a",
                occurred_at=WHEN,
                amount=row["amount"],
                currency=CURRENCIES[row["country"]],
                description=row["description"],
                mcc=(row["mcc"] or None) if with_code else None,
                country=row["country"],
                channel=Channel(row["channel"]) if with_code else None,
            )
        )
    return rows, meant


@pytest.mark.parametrize("with_code", [False, True], ids=["description alone", "with code and channel"])
def test_lines_of_other_countries(with_code: bool) -> None:
    if purchases() is None:
        pytest.skip(f"LEDGERMIND_REAL_DATA names no folder with {PURCHASES}")
    learnt = learn()
    release = build_release(learnt.files, name=learnt.version)
    rows, meant = lines(with_code=with_code)
    descriptors = [build_descriptor(row) for row in rows]
    truth = np.array([CATEGORY_INDEX[name] for name in meant])
    answers = release.answer(rows, descriptors)
    taught = np.isin(truth, np.flatnonzero(learnt.trained.confusion.sum(axis=1)))  # the gate fold has labels of it
    right = answers.best == truth
    vocabulary, _ = read_vocabulary()
    brands = vocabulary.find_brands([descriptor.norm for descriptor in descriptors])
    print(f"\n{len(rows)} lines, of which {taught.sum()} in a category that was taught")
    for country in ("all", *CURRENCIES):
        here = np.array([country in ("all", row.country) for row in rows])
        served = here & answers.accepted
        print(
            f"{country:4} right {right[here].mean():.2f}, of the taught {right[here & taught].mean():.2f}; among the "
            f"best three {(answers.top3 == truth[:, None]).any(axis=1)[here & taught].mean():.2f}; "
            f"served {served.sum()}, right {right[served].mean() if served.any() else float('nan'):.2f}; "
            f"known brand {(brands[here] >= 0).mean():.2f}"
        )
    assert right[taught].mean() >= 0.45

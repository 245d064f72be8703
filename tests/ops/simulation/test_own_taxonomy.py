"""The simulated world is the same under every taxonomy; what is said of it goes through the mapping."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops.simulation.merchant_types import CONFUSED, TRADES
from ops.simulation.payments import PAYMENTS
from schemas.taxonomy import DEFAULT_CATEGORIES
from schemas.taxonomy.installed import read_taxonomy
from tests.conftest import ROOT
from tests.support import taxonomies

EXAMPLES = ROOT / "docs" / "examples" / "taxonomies"
PROGRAM = """
import json
from datetime import UTC, datetime
import msgspec
from ops.simulation.simulate import simulate
from schemas.crosswalks.crosswalk import brands
rows = list(simulate(5, users=20, start=datetime(2025, 3, 1, tzinfo=UTC), days=20, brands=brands()))
print(json.dumps({
    "transactions": [msgspec.json.encode(row.transaction).decode() for row in rows],
    "truth": [row.category for row in rows],
    "labels": [[label.category for label in row.labels] for row in rows],
    "corrected": sum(label.action == "correct" for row in rows for label in row.labels if len(row.labels) == 2),
}))
"""


def simulated(taxonomy: Path | None) -> dict[str, Any]:
    done = taxonomies.run("-c", PROGRAM, taxonomy=taxonomy)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", ["household", "ledger"])
def test_people_buy_the_same_and_their_labels_are_of_the_taxonomy(name: str) -> None:
    taxonomy = read_taxonomy(EXAMPLES / f"{name}.yml")
    default, own = simulated(None), simulated(EXAMPLES / f"{name}.yml")
    assert own["transactions"] == default["transactions"]
    assert own["truth"] == [taxonomy.from_default[str(category)] for category in default["truth"]]
    said = [label for row in own["labels"] for label in row]
    assert set(said) <= set(taxonomy.ids)
    wanted = [
        [taxonomy.from_default[label] for label in row if taxonomy.from_default[label]] for row in default["labels"]
    ]
    assert own["labels"] == wanted
    assert own["corrected"] <= default["corrected"]


def test_what_the_data_names_are_default_categories() -> None:
    named = {trade.category for trade in TRADES} | {payment.category for payment in PAYMENTS.values()}
    named |= set(CONFUSED) | {other for others in CONFUSED.values() for other in others}
    assert named == set(DEFAULT_CATEGORIES)

"""A warehouse that was built under the default taxonomy is built under another one: marts hold its names only."""

import os
import subprocess
import sys

import psycopg
import pytest

from ops.taxonomy.succession import LostLabelsError, find_succession
from ops.warehouse.dbt import Warehouse
from ops.warehouse.successors import UnknownLabelsError, note_successors, read_successors, require_known_labels
from schemas.taxonomy import DEFAULT
from schemas.taxonomy.installed import read_taxonomy
from tests.conftest import ROOT
from tests.warehouse.conftest import AS_OF

pytestmark = pytest.mark.warehouse
FILE = ROOT / "docs" / "examples" / "taxonomies" / "household.yml"
HOUSEHOLD = read_taxonomy(FILE)
COUNTS = "select label, count(*) from marts.fct_training_view group by label order by label"
ANSWERS = "select count(*), count(rules_category), count(label) from marts.fct_suggestion_compare"


def build(warehouse: Warehouse, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command that builds the warehouse under the taxonomy of nine."""
    command = [sys.executable, "-m", "ops.cli", *words, "warehouse", "build", "--as-of", AS_OF.isoformat()]
    return subprocess.run(
        [*command, "--dsn", warehouse.dsn, "--target", str(warehouse.target)],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def rows(warehouse: Warehouse, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(warehouse.dsn) as connection:
        return connection.execute(query.encode()).fetchall()


def test_labels_of_categories_that_nobody_noted_stop_a_build_in_one_line(spoilt: Warehouse) -> None:
    done = build(spoilt, "--taxonomy", str(FILE))
    assert done.returncode == 1
    assert "raw.transaction_labels holds" in done.stderr
    assert "that taxonomy household-1 has not" in done.stderr
    assert done.stderr.strip().count("\n") == 0
    with pytest.raises(UnknownLabelsError, match="run ledgermind taxonomy migrate"):
        require_known_labels(spoilt.dsn, version=HOUSEHOLD.version, categories=HOUSEHOLD.ids)


def test_nothing_is_noted_where_labels_would_be_lost(spoilt: Warehouse) -> None:
    with psycopg.connect(spoilt.dsn) as connection:
        connection.execute(
            "insert into raw.transaction_labels (label_event_id, txn_id, user_id, label, source, observed_at) "
            "values ('lost', 'first', 'u1', 'Cash', 'human', '2026-04-14Z')"
        )
    succession = find_succession(DEFAULT, HOUSEHOLD)
    with pytest.raises(LostLabelsError, match="Cash"):
        note_successors(spoilt.dsn, DEFAULT, HOUSEHOLD, succession, left_out=[])
    assert read_successors(spoilt.dsn, HOUSEHOLD.version) == {}


def test_what_was_said_is_read_under_the_new_names_and_comes_back_under_the_old_ones(spoilt: Warehouse) -> None:
    before, answers = rows(spoilt, COUNTS), rows(spoilt, ANSWERS)
    raw = rows(spoilt, "select label, count(*) from raw.transaction_labels group by label order by label")
    succession = find_succession(DEFAULT, HOUSEHOLD, given={"Cash": "money-in", "Transfers & Debt": "money-in"})
    moved = note_successors(spoilt.dsn, DEFAULT, HOUSEHOLD, succession, left_out=[])
    assert sum(moved.values()) == sum(int(str(count)) for _, count in raw)
    done = build(spoilt, "--taxonomy", str(FILE))
    assert done.returncode == 0, done.stderr[-2_000:]
    wanted: dict[str, int] = {}
    for label, count in before:
        own = succession.successors[str(label)]
        assert own is not None
        wanted[own] = wanted.get(own, 0) + int(str(count))
    assert rows(spoilt, COUNTS) == sorted(wanted.items())
    assert rows(spoilt, ANSWERS) == answers
    assert rows(spoilt, "select distinct cardinality(merchant_prior) from marts.fct_training_view") == [(9,)]
    assert {name for (name,) in rows(spoilt, "select distinct rules_category from marts.fct_suggestion_compare")} <= {
        *HOUSEHOLD.ids,
        None,
    }
    again = build(spoilt)
    assert again.returncode == 0, again.stderr[-2_000:]
    assert rows(spoilt, COUNTS) == before
    assert rows(spoilt, "select label, count(*) from raw.transaction_labels group by label order by label") == raw

"""The judge's queries on tables that nobody analysed: found by indexes, bounded, each on its own, and never hanging."""

import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from ops.local.postgres import open_postgres
from ops.rollout.evidence.paired_queries import LANDED, LATE_PAIRS, MATURED_PAIRS, PAGE, PAGE_END, RULES
from ops.rollout.evidence.queries import CATEGORY_COMPLAINTS, CATEGORY_LABELS, CRITERIA, NEWEST, PLANNER
from ops.rollout.evidence.session import open_session
from ops.rollout.evidence.warehouse import ask_warehouse
from ops.rollout.evidence.warehouse_history import COMPARED, FAILED, MAX_COMPARISONS, SPAN, SPOKEN
from ops.rollout.patience import Patience
from ops.rollout.policies import load_policy
from ops.rollout.rollout_state import Place, place
from ops.warehouse.migrate import migrate
from scorer.rollout.metrics import Standing
from streams.rollout.change import Change, first_record, successor
from streams.settings import SuggestSettings

pytestmark = pytest.mark.warehouse
ROWS, DAYS = 200_000, 10
BEGUN = datetime.fromtimestamp(time.time(), UTC) - timedelta(days=DAYS)
POLICY, STANDING = load_policy("default"), Standing(percent=10.0, has_model=True)
PAST = Path(__file__).parent / "judged_past.sql"
TABLES = ("transactions", "transaction_labels", "suggestion_events", "suggestion_compare", "suggestion_feedback")
SEQUENTIAL = "select sum(seq_scan) from pg_stat_all_tables where schemaname = 'raw' and relname = any(%s)"


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the DSN of raw tables with twenty days in them, on a server of their own."""
    with open_postgres("embedded", directory=tmp_path_factory.mktemp("judged")) as server:
        migrate(server.dsn)
        with psycopg.connect(server.dsn) as connection:
            connection.execute(f"set past.rows = {ROWS}; set past.days = {DAYS}".encode())
            connection.execute(PAST.read_bytes())
        yield server.dsn


def stands() -> Place:
    first = first_record(SuggestSettings(), canary_model="m2", actor="ada", now=BEGUN)
    return place([first, successor(first, Change(actor="ada", reason="x", percent="10.00"), now=BEGUN)])


def ask(dsn: str, *, seconds: float = 30) -> tuple[Standing, tuple[str, ...]]:
    now = datetime.fromtimestamp(time.time(), UTC)
    with open_session(dsn, Patience(seconds)) as session:
        return ask_warehouse(STANDING, session, POLICY, stands(), now=now)


def asked() -> dict[str, object]:
    now = datetime.fromtimestamp(time.time(), UTC)
    return {
        "arm": "canary", "newest": NEWEST, "now": now, "stable_version": 1, "stable_since": now - timedelta(days=DAYS),
        "rates_since": now - timedelta(days=1), "evidence_since": now - timedelta(days=DAYS), "canary": "m2",
        "control": None, "maturity": timedelta(days=7), "matured": now - timedelta(days=7), "page": PAGE,
        "matured_until": now - timedelta(days=DAYS), "landed_mark": 1, "rules_version": "r2", "demo_prefix": "demo-",
        "since": now - timedelta(days=DAYS), "begin": now - timedelta(days=1), "end": now, "most": MAX_COMPARISONS,
        "bounds": [0.1], "labels": "independent",
        "canary_cut_off": now - timedelta(days=DAYS + 1), "control_cut_off": "-infinity",
    }  # fmt: skip


QUERIES = {name: query for name, query in CRITERIA.items() if name != "mart age"} | {  # its table has a row a mart

    "a history's span": SPAN, "its comparisons": COMPARED, "its feedback": SPOKEN, "its dead letters": FAILED,
    "complaints by category": CATEGORY_COMPLAINTS, "labels by category": CATEGORY_LABELS,
    "rules": RULES, "page": PAGE_END, "landed": LANDED, "matured pairs": MATURED_PAIRS,
    "late comparisons": LATE_PAIRS[0], "late labels": LATE_PAIRS[1],
}  # fmt: skip


@pytest.mark.parametrize("name", QUERIES)
def test_no_query_reads_a_table_whole_or_asks_again_for_each_row(past: str, name: str) -> None:
    with psycopg.connect(past, autocommit=True) as connection:
        connection.execute(PLANNER.encode())
        query = f"explain (format text) {QUERIES[name]}".encode()
        plan = "\n".join(row[0] for row in connection.execute(query, asked()).fetchall())
    assert "Index" in plan
    assert "Seq Scan" not in plan
    assert "SubPlan" not in plan


def test_what_is_found_is_bounded_and_right(past: str) -> None:
    before = sequential_scans(past)
    standing, faults = ask(past)
    assert not [fault for fault in faults if not fault.startswith("labels are read up to")]
    a_day = ROWS // DAYS
    assert standing.arm_users == pytest.approx(a_day, rel=0.01)
    assert standing.served == pytest.approx(a_day / 10, rel=0.02)
    assert standing.complaints == pytest.approx((standing.served or 0) * 0.4, rel=0.05)
    voices = (standing.canary_pleased, standing.canary_displeased, standing.control_pleased)
    assert sum(one or 0 for one in voices) > NEWEST / 2
    assert sequential_scans(past) == before


def test_evidence_is_read_on_page_by_page_and_who_may_only_read_sees_it_too(past: str) -> None:
    """Over half of the comparisons matured: more than one evaluation reads, and none is read twice."""
    first, (behind,) = ask(past)
    assert behind.startswith("labels are read up to")
    merchants = [(first.better or 0) + (first.worse or 0) + (first.alike or 0)]
    assert merchants[0] > 0
    for _ in range(ROWS // PAGE):
        standing, faults = ask(past)
        if not faults:
            break
    assert faults == ()
    with psycopg.connect(past, autocommit=True) as connection:
        stored = connection.execute("select count(*) from rollout.paired_outcomes where not is_anchored").fetchone()
        assert stored == ((standing.better or 0) + (standing.worse or 0) + (standing.alike or 0),)
        connection.execute("alter database ledgermind set default_transaction_read_only = on")
        try:
            assert ask(past)[0].better == standing.better
        finally:
            connection.execute("set default_transaction_read_only = off")
            connection.execute("alter database ledgermind reset default_transaction_read_only")


def sequential_scans(dsn: str) -> int:
    """Return how often a raw table was read whole; a backend hands its counts over when it ends."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute(SEQUENTIAL.encode(), (list(TABLES),)).fetchone()
    assert row is not None
    return int(row[0])


def test_a_locked_table_costs_the_criteria_that_read_it_and_is_named(past: str) -> None:
    with psycopg.connect(past) as holding:
        holding.execute("lock raw.suggestion_feedback in access exclusive mode")
        standing, faults = ask(past)
    assert standing.users is not None
    assert standing.complaints is None
    assert standing.canary_pleased is None
    for name in ("feedback", "complaints"):
        assert any(fault.startswith(f"{name} not measured: it waits for a lock in Postgres") for fault in faults)


def test_a_server_that_stands_still_is_given_up(past: str) -> None:
    """A stopped process answers nothing, not even that a statement took too long."""
    now, began = datetime.fromtimestamp(time.time(), UTC), time.monotonic()
    with open_session(past, Patience(2)) as session:
        with psycopg.connect(past) as connection:
            row = connection.execute(
                "select pid from pg_stat_activity where application_name = 'ledgermind-judge'"
            ).fetchone()
        assert row is not None
        os.kill(row[0], signal.SIGSTOP)
        try:
            standing, faults = ask_warehouse(STANDING, session, POLICY, stands(), now=now)
        finally:
            os.kill(row[0], signal.SIGCONT)
    assert time.monotonic() - began < 15
    assert standing.users is None
    assert any(fault.startswith("users not measured: the connection to Postgres was lost") for fault in faults)

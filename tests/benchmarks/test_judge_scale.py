"""The judge's queries at size, on tables that nobody has analysed: seconds, indexes, and a whole evaluation.

JUDGE_ROWS (200,000) suggestions, comparisons, feedbacks, labels and transactions over thirty days. With JUDGE_PAGE what
is printed is written into docs/DATA_QUALITY.md, between the marks that stand there.
"""

import os
import re
import statistics
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
from ops.warehouse.migrate import MIGRATIONS, migrate
from scorer.rollout.metrics import Standing
from streams.rollout.change import Change, first_record, successor
from streams.settings import SuggestSettings
from tests.conftest import ROOT

pytestmark = [pytest.mark.benchmark, pytest.mark.warehouse, pytest.mark.timeout(7_200)]
ROWS, DAYS, TIMES = int(os.environ.get("JUDGE_ROWS", "200000")), 30, 3
NOW = datetime.fromtimestamp(time.time(), UTC)
BEGUN = NOW - timedelta(days=DAYS)
PAST = ROOT / "tests" / "warehouse" / "judged_past.sql"
DOCUMENT = ROOT / "docs" / "DATA_QUALITY.md"
BEGIN, END = "<!-- written by make bench-judge -->", "<!-- end of what make bench-judge writes -->"
FILES = ("045_landed.sql", "070_judge.sql")
ASKED: dict[str, object] = {
    "arm": "canary", "newest": NEWEST, "now": NOW, "stable_version": 1, "stable_since": BEGUN,
    "rates_since": NOW - timedelta(days=1), "evidence_since": BEGUN, "canary": "m2", "control": None,
    "maturity": timedelta(days=7), "matured": NOW - timedelta(days=7), "page": PAGE, "matured_until": BEGUN,
    "since": BEGUN, "begin": max(BEGUN, NOW - timedelta(days=DAYS * MAX_COMPARISONS / ROWS)),
    "end": NOW, "most": MAX_COMPARISONS, "bounds": [0.1], "landed_mark": 1, "rules_version": "r2",
    "demo_prefix": "demo-", "labels": "independent", "canary_cut_off": BEGUN - timedelta(days=1),
    "control_cut_off": "-infinity",
}  # fmt: skip
QUERIES = {name: query for name, query in CRITERIA.items() if name != "mart age"} | {  # that table has a row a mart
    "rules in force": RULES, "end of a page": PAGE_END, "what landed since": LANDED, "a page of labels": MATURED_PAIRS,
    "complaints by category": CATEGORY_COMPLAINTS, "labels by category": CATEGORY_LABELS,
    "late comparisons": LATE_PAIRS[0], "late labels": LATE_PAIRS[1],
    "backtest: span": SPAN, "backtest: comparisons": COMPARED, "backtest: feedback": SPOKEN,
    "backtest: dead letters": FAILED,
}  # fmt: skip


@pytest.fixture(scope="module")
def dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return raw tables with thirty days in them; their indexes are made when they are full, which is faster."""
    with open_postgres("embedded", directory=tmp_path_factory.mktemp("judged")) as server:
        migrate(server.dsn)
        migrations = [(MIGRATIONS / name).read_text() for name in FILES]
        with psycopg.connect(server.dsn) as connection:
            for index in re.findall(r"create index if not exists (\w+)", "".join(migrations)):
                connection.execute(f"drop index if exists raw.{index}".encode())
            connection.execute(f"set past.rows = {ROWS}; set past.days = {DAYS}".encode())
            connection.execute(PAST.read_bytes())
            for migration in migrations:
                connection.execute(migration.encode())
        yield server.dsn


def test_each_query_and_a_whole_evaluation(dsn: str) -> None:
    page = [
        f"{ROWS:,} suggestions, comparisons, feedbacks, labels and transactions each, of {DAYS} days, in an "
        "embedded Postgres with its default settings, never analysed; "
        f"{NOW:%Y-%m-%d}, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.0f}.",
        "",
        "| query | rows | first | median of three more | CPU | found by (`EXPLAIN`) |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
    ]
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(PLANNER.encode())
        for name, query in QUERIES.items():
            first, rows = seconds(connection, query)
            used = cpu_seconds(connection)
            median = statistics.median(seconds(connection, query)[0] for _ in range(TIMES))
            used = (cpu_seconds(connection) - used) / TIMES
            plan = "\n".join(row[0] for row in connection.execute(f"explain {query}".encode(), ASKED).fetchall())
            assert "Seq Scan" not in plan
            assert "SubPlan" not in plan
            indexes = ", ".join(sorted({f"`{one}`" for one in re.findall(r"Scan (?:Backward )?using (\w+)", plan)}))
            page.append(f"| {name} | {rows:,} | {first:.3f} s | {median:.3f} s | {used:.2f} s | {indexes} |")
    page.append("")
    for number in range(TIMES):
        began = time.monotonic()
        with open_session(dsn, Patience(60)) as session:
            found = ask_warehouse(Standing(percent=10.0, has_model=True), session, policy, stands(), now=NOW)
        behind = f" ({'; '.join(found.faults)})" if found.faults else ""
        page.append(f"Evaluation {number + 1} took {time.monotonic() - began:.2f} s{behind}.")
    print("\n" + "\n".join(page))
    if "JUDGE_PAGE" in os.environ:
        text = DOCUMENT.read_text()
        before, _, rest = text.partition(BEGIN)
        assert rest, f"{DOCUMENT.name} holds no {BEGIN}"
        DOCUMENT.write_text(f"{before}{BEGIN}\n" + "\n".join(page) + f"\n{END}{rest.partition(END)[2]}")


policy = load_policy("default")


def stands() -> Place:
    first = first_record(SuggestSettings(), canary_model="m2", actor="ada", now=BEGUN)
    return place([first, successor(first, Change(actor="ada", reason="x", percent="10.00"), now=BEGUN)])


def seconds(connection: psycopg.Connection, query: str) -> tuple[float, int]:
    began = time.monotonic()
    rows = len(connection.execute(query.encode(), ASKED).fetchall())
    return time.monotonic() - began, rows


def cpu_seconds(connection: psycopg.Connection) -> float:
    """Return the processor time that the connection's server process has used: it is the same beside any load."""
    fields = Path(f"/proc/{connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

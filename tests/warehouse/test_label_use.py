"""Which labels count, from raw rows to the analysts' marts and to the judge: one rule, and all of them keep it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree

import msgspec
import psycopg
import pytest

from ops.rollout.evidence.paired_queries import CUT_OFFS, MATURED_PAIRS
from ops.warehouse.dbt import Warehouse, run_dbt
from tests.warehouse.conftest import AS_OF

pytestmark = pytest.mark.warehouse
MADE, LABELLED_AT = datetime(2026, 4, 2, tzinfo=UTC), datetime(2026, 4, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)
RELEASES: dict[str, tuple[datetime, int | None]] = {  # until when it was trained, on how many labelled rows if few
    "before": (MADE - HOUR, None),
    "after": (LABELLED_AT + HOUR, None),
    "of no label": (LABELLED_AT + HOUR, 0),
    "of few": (LABELLED_AT + HOUR, 300),
}
# transaction, champion, challenger, label's time, what becomes of the label
CASES = [
    ("label after", None, "before", LABELLED_AT, "counts"),
    ("label before", None, "before", MADE - HOUR, "before_suggestion"),
    ("rules alone", None, None, LABELLED_AT, "counts"),
    ("rules alone, label before", None, None, MADE - HOUR, "before_suggestion"),
    ("trained on it", None, "after", LABELLED_AT, "in_training"),
    ("champion trained on it", "after", "before", LABELLED_AT, "in_training"),
    ("bootstrap without labels", None, "of no label", LABELLED_AT, "counts"),
    ("bootstrap beside labels", None, "of few", LABELLED_AT, "in_training"),
    ("training never landed", None, "lost", LABELLED_AT, "release_unknown"),
]


@pytest.fixture(scope="module")
def marts(server: str, built: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[psycopg.Connection]:
    """Return a warehouse with one transaction per case, each suggested by its challenger and labelled, and built."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("create database labelled template built")
    warehouse = Warehouse(built.dsn.replace("built", "labelled"), tmp_path_factory.mktemp("labelled") / "dbt")
    copytree(built.target, warehouse.target)
    with psycopg.connect(warehouse.dsn) as connection:
        for version, (trained_until, real_rows) in RELEASES.items():
            manifest: dict[str, object] = {"as_of": trained_until.isoformat()}
            if real_rows is not None:
                manifest["bootstrap"] = {"invented_rows": 9_000, "weight": 1.0, "real_rows": real_rows}
            connection.execute(
                """insert into raw.model_registry (model_version, status, taxonomy_version, feature_version, trained_at,
                    manifest) values (%s, 'PASS', '1.0', '1', now(), %s)""",
                (version, msgspec.json.encode(manifest).decode()),
            )
        for number, (txn_id, champion, challenger, labelled_at, _) in enumerate(CASES):
            plant(connection, number, txn_id, champion, challenger, labelled_at)
    run_dbt(warehouse, "run", as_of=AS_OF)
    with psycopg.connect(warehouse.dsn) as connection:
        yield connection
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("drop database labelled with (force)")


def plant(
    connection: psycopg.Connection, number: int, txn_id: str, champion: str | None, challenger: str | None, at: datetime
) -> None:
    answers = [
        {"role": role, "version": version, "category": "Dining", "confidence": 0.9, "acceptance": acceptance}
        for role, version, acceptance in (
            ("rules", "r", None), ("champion", champion, "accepted"), ("challenger", challenger, "accepted"),
        ) if version is not None
    ]  # fmt: skip
    values = {
        "offset": 9_000 + number, "event": f"t-7-{9_000 + number}", "txn": txn_id, "at": MADE, "labelled": at,
        "source": "rules" if challenger is None else "model", "version": challenger,
        "answers": msgspec.json.encode(answers).decode(),
    }  # fmt: skip
    for statement in (
        """insert into raw.transactions (source_topic, source_partition, source_offset, txn_id, user_id, account_id,
            occurred_at, amount, currency, description)
        values ('transactions', 7, %(offset)s, %(txn)s, 'ann', 'a', '2026-03-01Z', -5, 'GBP', %(txn)s)""",
        """insert into raw.suggestion_events (source_topic, source_partition, source_offset, event_id, txn_id, user_id,
            category, confidence, source, candidates, explanations, arm, bucket, model_version, rules_version,
            taxonomy_version, rollout_version, suggested_at)
        values ('suggestions', 7, %(offset)s, %(event)s, %(txn)s, 'ann', 'Dining', 0.9, %(source)s, '[]', '[]',
            'canary', 1, %(version)s, 'r', '1.0', 1, %(at)s)""",
        """insert into raw.suggestion_compare (source_topic, source_partition, source_offset, event_id, txn_id, user_id,
            arm, bucket, answers, canary_category, outcome, served_source, rollout_version, scored_in_us, compared_at)
        values ('suggestion-compare', 7, %(offset)s, %(event)s, %(txn)s, 'ann', 'canary', 1, %(answers)s, 'Dining',
            'canary_only', %(source)s, 1, 100, %(at)s)""",
        """insert into raw.transaction_labels (label_event_id, txn_id, user_id, label, source, observed_at)
        values (%(txn)s, %(txn)s, 'ann', 'Dining', 'human', %(labelled)s)""",
    ):
        connection.execute(statement, values)


@pytest.mark.parametrize(("txn_id", "use"), [pytest.param(case[0], case[4], id=case[0]) for case in CASES])
def test_a_label_counts_only_where_it_can_judge(marts: psycopg.Connection, txn_id: str, use: str) -> None:
    row = marts.execute(
        "select label_use, label, label_source from marts.fct_suggestion_compare where txn_id = %s", (txn_id,)
    ).fetchone()
    assert row == ((use, "Dining", "human") if use == "counts" else (use, None, None))


def test_precision_is_of_labels_that_count(marts: psycopg.Connection) -> None:
    found = {row[0] for row in marts.execute("select txn_id from marts.fct_suggestions_eval where user_id = 'ann'")}
    served_by_rules = {"champion trained on it"}  # judged by its challenger alone: the champion served nobody here
    assert found == {case[0] for case in CASES if case[4] == "counts"} | served_by_rules
    for mart, column in (("daily", "labelled"), ("kpis", "matured")):
        row = marts.execute(
            f"""select sum({column}) from marts.mart_suggestions_{mart}
            where arm = 'canary' and suggested_on = '2026-04-02'""".encode()
        ).fetchone()
        assert row == (len(found),)


@pytest.mark.parametrize("challenger", ["before", "after", "of no label", "of few", "lost"])
def test_the_judge_takes_no_other_evidence(marts: psycopg.Connection, challenger: str) -> None:
    asked: dict[str, object] = {"canary": challenger, "control": None, "now": AS_OF, "page": 5_000}
    known: dict[str, datetime] = dict(marts.execute(CUT_OFFS.encode(), asked).fetchall())
    asked |= {"canary_cut_off": known.get(challenger), "control_cut_off": "-infinity", "maturity": timedelta(0)}
    asked |= {"matured_until": MADE - HOUR, "matured": AS_OF, "rules_version": "r", "demo_prefix": "demo-"}
    evidence = {row[1] for row in marts.execute(MATURED_PAIRS.encode(), asked).fetchall()}  # by description: the case
    assert evidence == {case[0] for case in CASES if case[1] is None and case[2] == challenger and case[4] == "counts"}


def test_a_training_that_lands_later_makes_its_labels_count(
    marts: psycopg.Connection, built: Warehouse, tmp_path: Path
) -> None:
    copytree(built.target, tmp_path / "dbt")
    warehouse = Warehouse(built.dsn.replace("built", "labelled"), tmp_path / "dbt")
    with psycopg.connect(warehouse.dsn) as connection:
        connection.execute(
            """insert into raw.ml_training_runs (run_id, model_version, result, as_of, started_at)
            values ('late', 'lost', 'PASS', %s, %s)""",
            (MADE - HOUR, MADE),
        )
    marts.rollback()  # no lock of ours may keep the build waiting
    run_dbt(warehouse, "run", "--select", "stg_release_cut_offs+", as_of=AS_OF)
    row = marts.execute(
        "select label_use, label from marts.fct_suggestion_compare where txn_id = 'training never landed'"
    ).fetchone()
    assert row == ("counts", "Dining")

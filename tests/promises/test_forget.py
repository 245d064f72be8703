"""What forgetting a user promises: nothing of the user is left, others keep every row, and nothing comes back."""

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from ops.patience import scale
from tests.promises.events import feedback, payment, written
from tests.promises.stack import Stack

USER = "zoë-7"
OTHER = "zoë-77"  # begins as the user does
COLUMNS = "txn_id,user_id,account_id,occurred_at,amount,currency,description\n"
TABLES = """
    select quote_ident(table_schema) || '.' || quote_ident(table_name) from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
"""
LANDED = ("transactions", "suggestions", "suggestion-compare", "transactions-dlq", "suggestion-feedback", "user-hints")
# Each way in which the id may stand in a row: as text, as bytes, and as JSON writes it.
WRITTEN = [f"{text}(?!7)" for text in (USER, *(json.dumps(USER)[1:-1].replace("\\", "\\\\"),))]
BYTES = [f"{text.encode().hex()}(?!37)" for text in (USER, json.dumps(USER)[1:-1])]


def transfer(number: int, user: str, **changes: Any) -> dict[str, Any]:
    return payment(number, f"TRANSFER TO MARIA GONZALEZ {number}", user_id=user, txn_id=f"{user}-{number}", **changes)


def holding(stack: Stack) -> dict[str, int]:
    """Return how many rows of each table hold the user's id anywhere."""
    pattern = "|".join(WRITTEN + BYTES)
    found = {
        str(table): int(stack.sql(f"select count(*) from {table} as held where held::text ~ %s", pattern)[0][0])
        for (table,) in stack.sql(TABLES)
    }
    return {table: rows for table, rows in found.items() if rows}


def rows_of_others(stack: Stack) -> dict[str, set[str]]:
    """Return every row of the raw tables that names another user."""
    tables = [str(table) for (table,) in stack.sql(TABLES) if str(table).startswith("raw.")]
    users = ("user-1", "user-2", OTHER)
    pattern = "|".join([*users, *(user.encode().hex() for user in users)])
    return {
        table: {
            str(row) for (row,) in stack.sql(f"select held::text from {table} as held where held::text ~ %s", pattern)
        }
        for table in tables
    }


@pytest.fixture(scope="module")
def began(stack: Stack) -> Iterator[str]:
    """Return when a past began in which the user and others did whatever leaves a trace; a worker runs."""
    began = written(datetime.fromtimestamp(time.time(), UTC))
    stack.succeed("rollout", "init")
    for user in (USER, OTHER):
        stack.succeed("hint", "set", "--user", user, "--merchant", "cafe luna", "--always", "Travel")
    with stack.worker():
        with stack.landing():
            stack.score([transfer(n, USER) for n in range(3)] + [payment(n) for n in range(1, 3)])
            stack.score([payment(n, "CAFE LUNA", user_id=OTHER, txn_id=f"other-{n}") for n in range(3)])
            stack.score([transfer(9, USER, amount="a lot"), payment(11, amount="a lot")])
            stack.score([json.dumps(transfer(10, USER))[:-20].encode()], key="raw")
            said = [one.json for one in stack.read("suggestions") if one.json["user_id"] in (USER, OTHER)]
            stack.publish("suggestion-feedback", [feedback(one, "correct", category="Cash") for one in said])
            stack.wait_until_landed(*LANDED, "rollout-state")
        (stack.folder / f"{USER}.csv").write_text(f"{COLUMNS}own-1,{USER},card,2026-05-01,-3,GBP,MARIA GONZALEZ\n")
        stack.succeed("import", f"{USER}.csv")
        stack.succeed("features", "--days", "4000")
        stack.sql(
            "insert into raw.model_registry (model_version, status, taxonomy_version, feature_version, trained_at)"
            " values ('before', 'PASS', '1.0', '3', '2020-01-01'), ('after', 'PASS', '1.0', '3', '2100-01-01')"
        )
        stack.succeed("warehouse", "build")
        yield began


@pytest.mark.slow
@pytest.mark.timeout(600 * scale())
@pytest.mark.promise(
    "The command prints how many rows of each table it erases, which releases were trained on labels of the user, and "
    "until when each topic keeps the user's records.",
    "ledgermind forget --help",
)
@pytest.mark.promise("After it no column of any table holds the user's id", "docs/PERSONAL_DATA.md")
@pytest.mark.promise("Rows of other users stay as they are.", "docs/PERSONAL_DATA.md")
def test_nothing_of_a_forgotten_user_is_left_and_others_keep_every_row(stack: Stack, began: str) -> None:
    held, others = holding(stack), rows_of_others(stack)
    assert {"raw.transactions", "raw.user_hints", "raw.dead_letters", "raw.ml_features", "raw.imports"} <= set(held)
    assert {"marts.fct_suggestion_compare", "intermediate.int_feedback_resolutions"} <= set(held)
    counted = stack.succeed("forget", USER, "--dry-run", "--json").json
    assert (holding(stack), rows_of_others(stack)) == (held, others)
    with stack.landing():
        erased = stack.succeed("forget", USER, "--json").json
        stack.wait_until_landed("user-hints")  # what takes the hints back names the user, too
    assert erased["tables"] == counted["tables"]
    assert {one["table"]: one["rows"] for one in erased["tables"]}.items() >= held.items()
    assert (erased["hints"], erased["releases"], erased["dead_letters_left"]) == (1, ["after"], 0)
    assert {one["topic"] for one in erased["topics"]} == set(LANDED)
    assert (holding(stack), rows_of_others(stack)) == ({}, others)
    assert "0 hints" in stack.succeed("hint", "list", "--user", USER).stdout
    assert "1 hints" in stack.succeed("hint", "list", "--user", OTHER).stdout
    replayed = stack.succeed("replay", "--from", began, "--json").json
    assert (replayed["is_identical"], replayed["scored"]) == (True, 5)
    stack.succeed("warehouse", "build")  # every data test passes
    assert holding(stack) == {}
    assert stack.sql("select count(*) from marts.fct_suggestion_compare") == [(5,)]
    assert "maria gonzalez" not in str(stack.sql("select merchant_key from marts.dim_merchants"))


@pytest.mark.slow
@pytest.mark.promise("Rows of the user that arrive later are left out", "docs/PERSONAL_DATA.md")
def test_what_is_read_again_or_comes_later_does_not_bring_the_user_back(stack: Stack, began: str) -> None:
    stack.succeed("forget", USER)
    before = stack.succeed("forget", USER, "--dry-run", "--json").json["refused_since"]
    others = rows_of_others(stack)["raw.transactions"]
    stack.sql("delete from raw.landing_positions where topic <> 'rollout-state'")
    with stack.landing():  # from the first record of each topic
        stack.score([transfer(20, USER), payment(21)])
        stack.wait_until_landed(*LANDED)
    (stack.folder / "again.csv").write_text(f"{COLUMNS}own-2,{USER},card,2026-05-02,-3,GBP,MARIA GONZALEZ\n")
    assert "1 rows of forgotten users" in stack.succeed("import", "again.csv").stdout
    assert holding(stack) == {}
    assert others < rows_of_others(stack)["raw.transactions"]
    assert stack.succeed("forget", USER, "--dry-run", "--json").json["refused_since"] > before
    assert re.search(r"forgotten since .* rows were refused since", stack.succeed("forget", USER, "--dry-run").stdout)
    assert stack.succeed("forget", USER, "--readmit", "--json").json == {"readmitted": True}
    with stack.landing():
        stack.score([transfer(22, USER)])
        stack.wait_until_landed("transactions")
    assert stack.sql("select txn_id from raw.transactions where user_id = %s", USER) == [(f"{USER}-22",)]


@pytest.mark.promise("an error is one line", "docs/PERSONAL_DATA.md")
@pytest.mark.parametrize(
    ("user", "variables", "code", "words"),
    [
        pytest.param("", {}, 2, "a user has 1 to", id="no user"),
        pytest.param("u", {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}, 4, "127.0.0.1:1", id="no broker"),
        pytest.param("u", {"LEDGERMIND_POSTGRES_DSN": "host=127.0.0.1 port=1"}, 9, "Postgres", id="no Postgres"),
    ],
)
def test_what_cannot_be_forgotten_is_said_in_one_line(
    stack: Stack, user: str, variables: dict[str, str], code: int, words: str
) -> None:
    done = stack.run("forget", user, **variables)
    assert (done.code, words in done.stderr, "Traceback" in done.stderr) == (code, True, False), done.stderr


@pytest.mark.promise(
    "what each topic keeps of the user and until when, by the settings that the broker has", "docs/PERSONAL_DATA.md"
)
def test_what_topics_keep_is_read_from_the_broker(kafka_stack: Stack) -> None:
    topics = {one["topic"]: one for one in kafka_stack.succeed("forget", "u", "--dry-run", "--json").json["topics"]}
    assert topics["transactions"]["settings"]["retention.ms"] == str(7 * 86_400_000)
    assert "between 7 days and 14 days" in topics["transactions"]["kept"]  # a segment takes records for seven days
    assert topics["user-hints"]["settings"]["cleanup.policy"] == "compact"
    assert "delete.retention.ms" in topics["user-hints"]["settings"]


@pytest.mark.slow
@pytest.mark.promise(
    "Before that, rows that are older than their table keeps them are removed", "ledgermind warehouse build --help"
)
def test_a_build_removes_what_is_older_than_its_table_keeps(stack: Stack, began: str) -> None:
    with stack.landing():
        stack.score([payment(n, user_id="kept", txn_id=f"kept-{n}") for n in range(4)])
        stack.wait_until_landed(*LANDED)
    for table in ("transactions", "suggestion_events", "suggestion_compare"):
        age = f"update raw.{table} set loaded_at = now() - '40 days'::interval where txn_id in ('kept-0', 'kept-1')"
        stack.sql(age)
    count = "select count(*)::int from raw.transactions where user_id = 'kept'"
    stack.succeed("warehouse", "retention", "set", "raw.transactions", "31d")
    assert "31 days" in stack.succeed("warehouse", "retention", "list").stdout
    counted = stack.succeed("warehouse", "retention", "apply", "--dry-run", "--json").json
    assert (counted["tables"]["raw.transactions"], stack.sql(count)) == (2, [(4,)])
    stack.succeed("warehouse", "build", "--select", "stg_rejects")
    assert stack.sql(count) == [(2,)]
    refused = stack.run("warehouse", "retention", "set", "raw.transactions", "1d")
    assert (refused.code, "31d" in refused.stderr) == (2, True)

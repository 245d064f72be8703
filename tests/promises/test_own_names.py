"""Own names: two installations share one cluster, each under names of its own, and never meet."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import psycopg
import pytest
import yaml
from psycopg.conninfo import make_conninfo

from ops.patience import wait_for
from tests.promises.conftest import SESSION, RunCommand
from tests.promises.events import payment
from tests.promises.stack import Stack

OWN = "transactions=bank.cards,suggestions=bank.suggested"
NAMES = {
    "one": {"LEDGERMIND_KAFKA_PREFIX": "one."},
    "two": {"LEDGERMIND_KAFKA_PREFIX": "two.", "LEDGERMIND_KAFKA_TOPICS": OWN},
}
INPUT = {"one": "one.transactions", "two": "bank.cards"}
OUTPUT = {"one": "one.suggestions", "two": "bank.suggested"}
GROUPS = {"one": "one.ledgermind-worker", "two": "two.ledgermind-worker"}
DEAD = {"one": "one.transactions-dlq", "two": "two.transactions-dlq"}
LANDED = """
select
    (select count(*) from raw.suggestion_events), (select count(*) from raw.suggestion_compare),
    (select count(*) from raw.dead_letters), (select count(*) from raw.rollout_decisions)
"""
ROWS = {"one": 60, "two": 40}


def has_landed(stack: Stack, rows: int) -> bool:
    """Return whether all of so many transactions and one poison record is in the tables."""
    return stack.sql(LANDED) == [(rows, rows, 1, 1)]


@pytest.fixture(scope="module")
def two(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Stack]]:
    """Return two installations on one broker after each has scored and landed what was sent to it."""
    stacks = {}
    with ExitStack() as running:
        for name, variables in NAMES.items():
            with psycopg.connect(stack.dsn, autocommit=True) as connection:
                connection.execute(f"create database own_names_{name}".encode())
            dsn = make_conninfo(stack.dsn, dbname=f"own_names_{name}")
            folder = tmp_path_factory.mktemp(name)
            stacks[name] = one = Stack(stack.bootstrap_servers, dsn, folder, SESSION | variables)
            one.succeed("topics", "create")
            one.succeed("warehouse", "migrate")
            running.enter_context(one.worker())
            running.enter_context(one.landing())
        for name, one in stacks.items():
            one.publish(INPUT[name], [payment(number, user_id=f"{name}-{number}") for number in range(ROWS[name])])
            one.publish(INPUT[name], [b"{"], key=f"{name}-broken")
        for name, one in stacks.items():
            wait_for(partial(has_landed, one, ROWS[name]), f"what {name} suggested in its tables")
        yield stacks
    with psycopg.connect(stack.dsn, autocommit=True) as connection:
        for name in stacks:
            connection.execute(f"drop database own_names_{name} with (force)".encode())


@pytest.mark.slow
@pytest.mark.promise("Two installations with different prefixes share one cluster and never meet.", "docs/TOPICS.md")
@pytest.mark.parametrize("name", NAMES)
def test_an_installation_answers_its_own_records_and_no_others(two: dict[str, Stack], name: str) -> None:
    stack = two[name]
    users = {record.json["user_id"] for record in stack.read(OUTPUT[name])}
    assert users == {f"{name}-{number}" for number in range(ROWS[name])}
    (dead,) = stack.read(DEAD[name])
    assert dead.headers["dlq.topic"] == INPUT[name]
    assert stack.sql("select count(distinct user_id), count(*) from raw.transactions") == [(ROWS[name], ROWS[name])]


@pytest.mark.promise("Tables and metrics hold each topic by its default name, whatever it is called", "docs/TOPICS.md")
@pytest.mark.parametrize("name", NAMES)
def test_tables_name_a_topic_by_its_default_name(two: dict[str, Stack], name: str) -> None:
    stack = two[name]
    assert stack.sql("select distinct source_topic from raw.transactions") == [("transactions",)]
    assert stack.sql("select distinct origin_topic from raw.dead_letters") == [("transactions",)]
    moved = {topic for (topic,) in stack.sql("select distinct topic from raw.landing_positions")}
    assert {"transactions", "suggestions", "rollout-state", "user-hints"} <= moved
    assert not {topic for topic in moved if "." in topic}


@pytest.mark.promise("finds the same events under any names", "docs/TOPICS.md")
def test_a_replay_of_renamed_topics_finds_the_same_events(two: dict[str, Stack]) -> None:
    replayed = two["two"].succeed("replay", "--json").json
    assert (replayed["identical"], replayed["differing"]) == (ROWS["two"], 0), replayed


@pytest.mark.promise("A rollout of one installation moves nobody of the other.", "docs/TOPICS.md")
def test_a_rollout_stays_in_its_installation(two: dict[str, Stack]) -> None:
    two["one"].succeed("rollout", "set", "--mute", "Travel", "--reason", "a test")
    versions = {name: one.succeed("rollout", "status", "--json").json["version"] for name, one in two.items()}
    assert versions == {"one": 1, "two": 0}


@pytest.mark.promise("Print the rights that each program needs", "ledgermind topics acls --help")
def test_rights_and_contracts_are_printed_for_these_names(run: RunCommand, tmp_path: Path) -> None:
    rights = run("topics", "acls", "--json", **NAMES["two"]).json
    names = {(row["user"], row["resource"], row["name"]) for row in rights}
    assert ("producer", "topic", "bank.cards") in names
    assert ("landing", "group", "two.ledgermind-landing") in names
    assert not {name for _, _, name in names if name.startswith("ledgermind-")}
    assert run("schemas", "write", **NAMES["two"]).code == 1
    assert run("schemas", "write", "--out", str(tmp_path), **NAMES["two"]).code == 0
    channels = yaml.safe_load((tmp_path / "asyncapi.yaml").read_text())["channels"]
    assert channels["transactions"]["address"] == "bank.cards"
    assert channels["rollout-state"]["address"] == "two.rollout-state"


@pytest.mark.promise("A program does not start with a topic's name that cannot be one", "docs/TOPICS.md")
@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("LEDGERMIND_KAFKA_PREFIX", "team a", "use letters, digits"),
        ("LEDGERMIND_KAFKA_TOPICS", "transaction=cards", "there is no topic transaction"),
        ("LEDGERMIND_KAFKA_TOPICS", "transactions=suggestions", "have the same name suggestions"),
        ("LEDGERMIND_KAFKA_TOPICS", "transactions", "give a topic and its name"),
        ("LEDGERMIND_KAFKA_TOPICS", "transactions=a,transactions=b", "transactions is named twice"),
    ],
)
def test_a_name_that_cannot_be_one_stops_the_start(run: RunCommand, variable: str, value: str, says: str) -> None:
    done = run("topics", "check", **{variable: value})
    assert (done.code, done.stdout) == (2, "")
    assert says in done.stderr

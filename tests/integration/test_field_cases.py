"""Files as people have them: import and publish bring the same transactions of each, or refuse it in the same words."""

import json
from decimal import Decimal
from pathlib import Path
from shlex import split

import psycopg
import pytest
from typer.testing import CliRunner, Result

from ops.cli.commands import import_, publish
from ops.errors import OpsError
from ops.local.broker import Broker
from ops.warehouse.migrate import migrate
from schemas.contracts.topics import TRANSACTIONS
from tests.support.doubtful_files import DOUBTFUL
from tests.support.field_cases import CASES, FieldCase
from tests.support.topic import read_committed

pytestmark = pytest.mark.integration
EVERY = [*CASES, *DOUBTFUL]
Rows = list[tuple[str, Decimal, str, str]]


def owner(one: FieldCase) -> str:
    return f"field-case-{EVERY.index(one)}"


def run(command: object, one: FieldCase, path: Path, *options: str) -> Result:
    path.write_bytes(one.content)
    words = [str(path), *split(one.options), "--user-id", owner(one), "--json", *options]
    return CliRunner().invoke(command.app, words)  # type: ignore[attr-defined]


def rows(one: FieldCase) -> Rows:
    return sorted((day, Decimal(amount), currency, text) for day, amount, currency, text in one.rows)


def check(one: FieldCase, done: Result, *, refusal: int) -> None:
    """Hold the end of a command against what the case says."""
    assert done.exception is None or isinstance(done.exception, OpsError | SystemExit), done.exception
    if one.error is not None:
        assert isinstance(done.exception, OpsError), one.name
        assert done.exception.exit_code == 2
        assert one.error in str(done.exception)
        return
    said = [json.loads(line) for line in done.stderr.splitlines()]
    refused = {line["line"]: line["refused"] for line in said if "refused" in line}
    assert {line: words in refused.get(line, "") for line, words in one.refused.items()} == dict.fromkeys(refused, True)
    assert getattr(done.exception, "exit_code", 0) == (refusal if one.refused else 0), one.name


@pytest.mark.slow
def test_publish_sends_what_each_file_holds(embedded_broker: Broker, tmp_path: Path) -> None:
    servers = embedded_broker.bootstrap_servers
    for one in EVERY:
        done = run(publish, one, tmp_path / "bank.csv", "--bootstrap-servers", servers)
        check(one, done, refusal=3)
    sent: dict[str, Rows] = {owner(one): [] for one in EVERY}
    for record in read_committed(servers, TRANSACTIONS.name):
        if (user := (record.key() or b"").decode(errors="replace")) in sent:  # other tests write other things here
            event = json.loads(record.value())
            assert event["user_id"] == user
            told = (event["occurred_at"][:10], Decimal(event["amount"]), event["currency"], event["description"])
            sent[user].append(told)
    assert {user: sorted(found) for user, found in sent.items()} == {owner(one): rows(one) for one in EVERY}


def test_import_loads_what_each_file_holds_and_nothing_of_a_file_with_refused_rows(
    database: str, tmp_path: Path
) -> None:
    migrate(database)
    for one in EVERY:
        if one.refused:
            check(one, run(import_, one, tmp_path / "bank.csv", "--dsn", database), refusal=3)
        check(one, run(import_, one, tmp_path / "bank.csv", "--dsn", database, "--skip-refused"), refusal=0)
    with psycopg.connect(database) as connection:
        found = connection.execute(
            "select user_id, (occurred_at at time zone 'UTC')::date::text, amount, currency, description "
            "from raw.transactions"
        ).fetchall()
    for one in EVERY:
        assert sorted(row[1:] for row in found if row[0] == owner(one)) == rows(one), one.name

"""Mapping: records of a shape of their own, on a topic of another name, become suggestions and rows."""

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ops.patience import wait_for
from tests.promises.conftest import SESSION, RunCommand
from tests.promises.program import Program
from tests.promises.stack import Stack

PAGE = Path(__file__).parents[2] / "docs" / "MAPPING.md"
TOPIC, GROUP = "bank.plaid", "mapped.ledgermind-worker"
VARIABLES = {
    "LEDGERMIND_KAFKA_PREFIX": "mapped.",
    "LEDGERMIND_KAFKA_TOPICS": f"transactions={TOPIC}",
    "LEDGERMIND_MAPPING": "plaid",
}
SKIPS = 'lm_{program}_mapping_skips_total{{reason="pending"}}'


def plaid(number: int, **changes: Any) -> bytes:
    """Return a transaction as Plaid writes it; ``changes`` replace fields."""
    return json.dumps(
        {
            "transaction_id": f"plaid-{number}",
            "client_user_id": f"user-{number % 3}",
            "account_id": "account-1",
            "amount": 4.2,
            "iso_currency_code": "GBP",
            "date": "2026-05-01",
            "datetime": None,
            "name": "TESCO STORES 3021",
            "merchant_name": "Tesco",
            "payment_channel": "in store",
            "pending": False,
            "location": {"country": "GB"},
            **changes,
        }
    ).encode()


RECORDS = [plaid(0, pending=True), plaid(1), plaid(2, pending=True), plaid(3, amount=None), plaid(4, amount=-10), b"{"]
RECORDS += [plaid(number) for number in range(5, 12)]
GOOD = [1, 4, *range(5, 12)]


@pytest.fixture(scope="module")
def mapped(stack: Stack) -> Iterator[tuple[Stack, Program, Program]]:
    """Return an installation that reads Plaid's records, with its worker and landing, after all of them were taken."""
    one = Stack(stack.bootstrap_servers, stack.dsn, stack.folder, SESSION | VARIABLES)
    one.succeed("topics", "create")
    with one.worker() as worker, one.landing() as landing:
        one.publish(TOPIC, RECORDS, key="account-1")
        counted = "select (select count(*) from raw.suggestion_events), (select count(*) from raw.transactions)"
        wait_for(lambda: one.sql(counted) == [(len(GOOD), len(GOOD))], "suggestions and transactions in the tables")
        wait_for(lambda: one.sql("select count(*) from raw.dead_letters") == [(2,)], "dead letters in their table")
        yield one, worker, landing


Mapped = tuple[Stack, Program, Program]


def counts(program: Program, metric: str, count: float) -> bool:
    """Whether a program has counted so much."""
    return program.metrics()[metric] == count


@pytest.mark.promise("A mapped record is treated as any other Transaction", "docs/MAPPING.md")
def test_records_of_another_shape_and_topic_become_suggestions(mapped: Mapped) -> None:
    stack, _, _ = mapped
    found = [record.json for record in stack.read("mapped.suggestions")]
    assert sorted(one["txn_id"] for one in found) == sorted(f"plaid-{number}" for number in GOOD)
    assert {one["category"] for one in found} == {"Groceries"}


@pytest.mark.promise("A suggestion is keyed by the user, whatever the key of its record.", "docs/MAPPING.md")
def test_suggestions_are_keyed_by_their_users(mapped: Mapped) -> None:
    stack, _, _ = mapped
    found = stack.read("mapped.suggestions")
    assert {record.key for record in found} == {b"user-0", b"user-1", b"user-2"}
    assert all(record.key == record.json["user_id"].encode() for record in found)


@pytest.mark.promise(
    "A record that the mapping skips moves the position, is written nowhere, and is counted by its reason.",
    "docs/MAPPING.md",
)
def test_what_is_pending_is_counted_and_written_nowhere(mapped: Mapped) -> None:
    stack, worker, landing = mapped
    for name, program in (("stream", worker), ("landing", landing)):
        metric = SKIPS.format(program=name)
        wait_for(partial(counts, program, metric, 2.0), metric)
    written = stack.read("mapped.suggestions") + stack.read("mapped.transactions-dlq")
    assert not {record.input_address[1] for record in written} & {0, 2}


@pytest.mark.promise(
    "A record that the mapping cannot read is a dead letter with the path that failed", "docs/MAPPING.md"
)
def test_a_record_that_cannot_be_read_names_the_path(mapped: Mapped) -> None:
    stack, _, _ = mapped
    letters = {record.input_address[1]: record for record in stack.read("mapped.transactions-dlq")}
    reasons = {offset: (one.headers["dlq.reason"], one.headers["dlq.detail"]) for offset, one in letters.items()}
    assert reasons[3] == ("missing_field", "amount: is missing (for amount)")
    assert reasons[5][0] == "malformed_json"
    assert (letters[3].key, letters[3].value) == (b"account-1", RECORDS[3])


@pytest.mark.promise(
    "What the worker accepts lands in Postgres, what it skips is skipped there, and what it refuses is a reject there.",
    "docs/MAPPING.md",
)
def test_the_same_records_land(mapped: Mapped) -> None:
    stack, _, _ = mapped
    wait_for(lambda: stack.sql("select count(*) from raw.rejects") == [(2,)], "two rejects")
    columns = (
        "source_offset, txn_id, user_id, round(amount, 2)::text, occurred_at::date::text, merchant, country, channel"
    )
    first, second, *_ = stack.sql(f"select {columns} from raw.transactions order by source_offset")
    assert first == (1, "plaid-1", "user-1", "-4.20", "2026-05-01", "Tesco", "GB", "pos")
    assert second[3] == "10.00"
    rejects = stack.sql("select source_offset, detail from raw.rejects order by source_offset")
    assert rejects[0] == (3, "amount: is missing (for amount)")
    replayed = stack.succeed("replay", "--json").json
    assert (replayed["identical"], replayed["differing"]) == (len(GOOD), 0), replayed


@pytest.mark.promise("so they refuse to where `LEDGERMIND_MAPPING` is set", "docs/MAPPING.md")
def test_a_command_that_sends_transactions_refuses_to(mapped: Mapped, tmp_path: Path) -> None:
    stack, _, _ = mapped
    (tmp_path / "one.csv").write_text("occurred_at,amount,description\n2026-01-02,-1,TESCO\n")
    done = stack.run("publish", str(tmp_path / "one.csv"))
    assert done.code == 1
    assert "LEDGERMIND_MAPPING is plaid" in done.stderr


@pytest.mark.slow
@pytest.mark.promise("Apache Kafka keeps them", "docs/MAPPING.md")
def test_a_batch_of_skipped_records_alone_is_not_read_again(kafka_stack: Stack) -> None:
    stack = Stack(kafka_stack.bootstrap_servers, kafka_stack.dsn, kafka_stack.folder, SESSION | VARIABLES)
    stack.succeed("topics", "create")
    metric = SKIPS.format(program="stream")
    with stack.worker() as worker:
        stack.publish(TOPIC, [plaid(number, pending=True) for number in range(5)], key="account-1")
        wait_for(lambda: worker.metrics()[metric] == 5.0, metric)
    with stack.worker() as worker:
        stack.publish(TOPIC, [plaid(9)], key="account-1")
        wait_for(lambda: len(stack.read("mapped.suggestions")) == 1, "a suggestion behind what was skipped")
        assert worker.metrics()[metric] == 0.0


def example(tmp_path: Path) -> tuple[str, str]:
    """Write the mapping and the record of the page; return their paths."""
    page = PAGE.read_text()
    paths = []
    for language, name in (("yaml", "my-bank.yml"), ("json", "record.json")):
        found = re.search(rf"```{language}\n(.*?)```", page, re.DOTALL)
        assert found is not None
        (tmp_path / name).write_text(found[1])
        paths.append(str(tmp_path / name))
    return paths[0], paths[1]


@pytest.mark.promise(
    "Here the amount is `-12.50`, the description `MARKT 17 BERLIN`, the time `2026-03-31 12:30:00+02:00`.",
    "docs/MAPPING.md",
)
def test_the_example_of_the_page_is_explained_as_the_page_says(run: RunCommand, tmp_path: Path) -> None:
    mapping, record = example(tmp_path)
    assert run("mapping", "check", mapping).code == 0
    done = run("mapping", "explain", mapping, record, "--key", "c-9", "--json")
    assert (done.code, done.json["outcome"]) == (0, "accepted"), done.stderr
    fields = {one["field"]: (one["path"], one["kind"], one["result"]) for one in done.json["fields"]}
    assert fields["amount"] == ("lines[0].cents", "number", "-12.50")
    assert fields["description"][2] == "MARKT 17 BERLIN"
    assert fields["occurred_at"] == ("booked", "text", "2026-03-31 12:30:00+02:00")
    assert fields["merchant"] == ("shop.name", "text", "Markt")
    assert [fields[name][2] for name in ("currency", "mcc", "country", "channel")] == ["EUR", "5411", "DE", "pos"]
    assert "MARKT 17 BERLIN" in run("mapping", "explain", mapping, record).stdout
    other = run("mapping", "explain", mapping, record, "--key", "u-1")
    assert (other.code, "key_mismatch" in other.stderr) == (1, True)


@pytest.mark.promise(
    "0 no error and no dead letter, 1 an error, an open doubt or a record that would be a dead letter.",
    "ledgermind mapping check --help",
)
def test_a_check_counts_what_becomes_of_records(run: RunCommand, tmp_path: Path) -> None:
    lines = tmp_path / "lines.jsonl"
    lines.write_bytes(b"\n".join(RECORDS))
    done = run("mapping", "check", "plaid", "--records", str(lines), "--json")
    assert done.code == 1
    assert (done.json["accepted"], done.json["skipped"]) == (len(GOOD), {"pending": 2})
    assert [one["first_line"] for one in done.json["dead_letters"]] == [4, 6]
    lines.write_bytes(b"\n".join(plaid(number) for number in range(3)))
    assert run("mapping", "check", "plaid", "--records", str(lines)).code == 0
    mapping, _ = example(tmp_path)
    Path(mapping).write_text(Path(mapping).read_text().replace("direction: {from: side, out: D, in: C}", "from: x"))
    wrong = run("mapping", "check", mapping)
    assert wrong.code == 1
    assert re.search(r"my-bank\.yml:\d+: amount: say which way money goes", wrong.stdout)


@pytest.mark.promise(
    "Identities and money are never guessed: they are a `?` with its doubt beside it, and `check` refuses the file "
    "until each is answered.",
    "docs/MAPPING.md",
)
def test_a_proposal_is_refused_until_its_doubts_are_settled(run: RunCommand, tmp_path: Path) -> None:
    lines, file = tmp_path / "lines.jsonl", tmp_path / "proposed.yml"
    lines.write_bytes(b"\n".join(plaid(number) for number in range(3)))
    proposed = run("mapping", "infer", str(lines)).stdout
    assert "TESCO" not in proposed
    file.write_text(proposed)
    refused = run("mapping", "check", str(file))
    assert (refused.code, refused.stdout.count("a doubt is open")) == (1, 6)
    answers = {"txn_id": "transaction_id", "user_id": "client_user_id", "account_id": "account_id"}
    answers |= {"currency": "iso_currency_code"}
    for field, path in answers.items():
        assert re.search(rf"# Doubt: is {field} .*{path}", proposed), proposed
        proposed = proposed.replace(f'{field}: "?"', f"{field}: {path}")
    file.write_text(proposed.replace('{from: "?", positive: "?"}', "{from: amount, positive: out}"))
    done = run("mapping", "check", str(file), "--records", str(lines), "--json")
    assert (done.code, done.json["accepted"]) == (0, 3), done.stdout + done.stderr


@pytest.mark.promise("where a mapping is set it names `ledgermind mapping check` instead", "docs/MAPPING.md")
def test_validation_names_the_command_that_knows_mappings(run: RunCommand, tmp_path: Path) -> None:
    (tmp_path / "lines.jsonl").write_bytes(plaid(1))
    done = run("validate", "lines.jsonl", LEDGERMIND_MAPPING="plaid")
    assert (done.code, done.stdout) == (2, "")
    assert "ledgermind mapping check plaid --records lines.jsonl" in done.stderr


@pytest.mark.promise("`LEDGERMIND_MAPPING` names it, for worker and landing alike", "docs/MAPPING.md")
@pytest.mark.parametrize("program", ["worker", "landing"])
def test_a_mapping_that_cannot_be_used_stops_the_start(run: RunCommand, tmp_path: Path, program: str) -> None:
    (tmp_path / "bad.yml").write_text("name: bad\nfields: {txn_id: a..b}\n")
    for variables, words in (({"LEDGERMIND_MAPPING": "bad.yml"}, ()), ({}, ("--mapping", "bad.yml"))):
        done = run(program, *words, **variables)
        assert done.code == 2
        (line,) = done.stderr.splitlines()
        assert "bad.yml:2:" in line

"""Every bad input of a mapping and of Avro, fed through running workers, has the outcome that the page gives it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ops.patience import wait_for
from tests.promises.avro_topic import ANY_OBJECT, avro, framed, plaid_record, plaid_schema, register
from tests.promises.conftest import SESSION
from tests.promises.stack import Stack
from tests.promises.test_mapping import plaid

PAGE = Path(__file__).parents[2] / "docs" / "BAD_INPUT.md"
MILLIS = {"type": "long", "logicalType": "timestamp-millis"}
SCHEMA = plaid_schema()
DOUBLE = plaid_schema(amount="double")
NEWER = plaid_schema(website={"type": "string", "default": ""})
PLAIN_TIME = plaid_schema(datetime=["null", "long"])
UNKNOWN_ID = 987_654
RECURSIVE = {"type": "record", "name": "Node", "fields": [{"name": "next", "type": ["null", "Node"]}]}


@dataclass(frozen=True, slots=True)
class Ids:
    """The schemas of the registry."""

    plaid: int
    newer: int
    double: int
    json: int
    recursive: int
    other: int


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the page: an input in words, what becomes of it, and its bytes."""

    name: str
    outcome: str
    value: Callable[[Ids], bytes]

    @property
    def kind(self) -> str:
        """Whether it is mapped alone, or Avro as well."""
        return self.name.partition(":")[0]


def dead(reason: str) -> str:
    """Return the words of the page for a dead letter."""
    return f"dead letter `{reason}`"


def mapped(name: str, outcome: str, value: bytes) -> Row:
    """Return a row of a mapped record in JSON."""
    return Row(f"mapped: {name}", outcome, lambda ids: value)


def in_avro(name: str, outcome: str, **changes: Any) -> Row:
    """Return a row of a record by the usual schema."""
    return Row(f"Avro: {name}", outcome, lambda ids: avro(ids.plaid, SCHEMA, plaid_record(1, **changes)))


def no_id() -> bytes:
    """Return a record without its id."""
    record = json.loads(plaid(1))
    del record["transaction_id"]
    return json.dumps(record).encode()


GOOD = avro(1, SCHEMA, plaid_record(1))[5:]
ROWS = [
    mapped("a record without an id", dead("missing_field"), no_id()),
    mapped("an amount that is null", dead("missing_field"), plaid(1, amount=None)),
    mapped("an amount that is a word", dead("invalid_value"), plaid(1, amount="four")),
    mapped(
        "an amount with the noise of a float, 33.120000000000005",
        dead("invalid_value"),
        plaid(1, amount=33.120000000000005),
    ),
    mapped("an amount that is an object", dead("wrong_type"), plaid(1, amount={"value": 1})),
    mapped("a name that is a number with a point", dead("wrong_type"), plaid(1, name=1.5)),
    mapped("a date of another form", dead("invalid_value"), plaid(1, date="31.03.2026")),
    mapped("a channel that the mapping does not name", "accepted", plaid(1, payment_channel="by dove")),
    mapped("a text where an object belongs", dead("wrong_type"), plaid(1, location="GB")),
    mapped("truncated JSON", dead("malformed_json"), plaid(1)[:-20]),
    mapped("a list of records", dead("wrong_type"), b"[" + plaid(1) + b"]"),
    mapped("a pending record", "skipped", plaid(1, pending=True)),
    mapped("a pending record that nobody could read otherwise", "skipped", plaid(1, pending=True, amount="four")),
    in_avro("a good record", "accepted"),
    Row(
        "Avro: a good record of a newer schema",
        "accepted",
        lambda ids: avro(ids.newer, NEWER, plaid_record(1, website="tesco.com")),
    ),
    Row("Avro: JSON without a header", dead("malformed_value"), lambda ids: plaid(1)),
    Row("Avro: a header alone, cut within the schema's id", dead("malformed_value"), lambda ids: b"\0\0\0"),
    Row("Avro: an id that the registry does not have", dead("unusable_schema"), lambda ids: framed(UNKNOWN_ID, GOOD)),
    Row("Avro: an id of a JSON Schema", dead("unusable_schema"), lambda ids: framed(ids.json, plaid(1))),
    Row("Avro: a schema that is recursive", dead("unusable_schema"), lambda ids: framed(ids.recursive, b"\0")),
    Row("Avro: a value that is cut short", dead("malformed_value"), lambda ids: framed(ids.plaid, GOOD[:-3])),
    Row(
        "Avro: a value that goes on behind its last field",
        dead("malformed_value"),
        lambda ids: framed(ids.plaid, GOOD + b"x"),
    ),
    Row(
        "Avro: a value of another schema than its header says",
        dead("malformed_value"),
        lambda ids: framed(ids.other, GOOD),
    ),
    Row(
        "Avro: an amount that is a double",
        dead("wrong_type"),
        lambda ids: avro(ids.double, DOUBLE, plaid_record(1, amount=4.2)),
    ),
    Row(
        "Avro: a time beyond year 9999",
        dead("malformed_value"),
        lambda ids: framed(ids.plaid, avro(0, PLAIN_TIME, plaid_record(1, datetime=2**60))[5:]),
    ),
    in_avro("an empty account", dead("missing_field"), account_id=""),
    in_avro("a pending record", "skipped", pending=True),
]
OTHER = {"type": "record", "name": "Other", "fields": [{"name": "a", "type": "string"}, {"name": "b", "type": "int"}]}
INSTALLATIONS: Mapping[str, dict[str, str]] = {"mapped": {}, "Avro": {"LEDGERMIND_INPUT_FORMAT": "avro"}}


@pytest.fixture(scope="module")
def outcomes(stack: Stack, schema_registry: str) -> Iterator[Mapping[str, str]]:
    """Feed every row, a good record before and after each, through a worker of its kind; return what became of it."""
    ids = Ids(
        plaid=register(schema_registry, "bad-plaid", SCHEMA),
        newer=register(schema_registry, "bad-newer", NEWER),
        double=register(schema_registry, "bad-double", DOUBLE),
        json=register(schema_registry, "bad-json", ANY_OBJECT, type_="JSON"),
        recursive=register(schema_registry, "bad-recursive", RECURSIVE),
        other=register(schema_registry, "bad-other", OTHER),
    )
    found: dict[str, str] = {}
    for kind, variables in INSTALLATIONS.items():
        rows = [row for row in ROWS if row.kind == kind]
        good = framed(ids.plaid, GOOD) if kind == "Avro" else plaid(1)
        values = [good, *(value for row in rows for value in (row.value(ids), good))]
        found |= feed(stack, kind, variables | {"LEDGERMIND_SCHEMA_REGISTRY_URL": schema_registry}, rows, values)
    yield found


def feed(stack: Stack, kind: str, variables: Mapping[str, str], rows: list[Row], values: list[bytes]) -> dict[str, str]:
    """Feed values through a worker with these variables; return what became of each row."""
    prefix = f"bad-{kind.lower()}."
    own = {"LEDGERMIND_KAFKA_PREFIX": prefix, "LEDGERMIND_MAPPING": "plaid", **variables}
    one = Stack(stack.bootstrap_servers, stack.dsn, stack.folder, SESSION | own)
    one.succeed("topics", "create")
    with one.worker() as worker:
        addresses = one.publish(f"{prefix}transactions", values, key="account-1")
        skipped = sum(row.outcome == "skipped" for row in rows)

        def is_done() -> bool:
            counts = worker.metrics()
            return (
                counts["lm_stream_transactions_total"] + counts['lm_stream_mapping_skips_total{reason="pending"}']
            ) == len(values)

        wait_for(is_done, lambda: f"{len(values)} records counted, {skipped} of them skipped: {worker.metrics()}")
        became = {record.input_address: "accepted" for record in one.read(f"{prefix}suggestions")}
        for letter in one.read(f"{prefix}transactions-dlq"):
            assert letter.input_address not in became
            became[letter.input_address] = dead(letter.headers["dlq.reason"])
            assert letter.value == values[addresses.index(letter.input_address)]
    words = [became.get(address, "skipped") for address in addresses]
    assert set(words[::2]) == {"accepted"}, "good records around them are kept"
    return {row.name: word for row, word in zip(rows, words[1::2], strict=True)}


@pytest.mark.promise(
    "The tables under Records, Mapped and Avro records, and Start are held against the tests",
    "docs/BAD_INPUT.md",
)
def test_the_page_holds_the_same_rows() -> None:
    section = PAGE.read_text().partition("## Mapped and Avro records")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|.*\|$", section, re.MULTILINE)[2:]
    assert rows == [(row.name, row.outcome) for row in ROWS]


@pytest.mark.promise(
    "Each row below was fed through a running worker, with a good record before and after it.", "docs/BAD_INPUT.md"
)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_bad_input_has_its_named_outcome(outcomes: Mapping[str, str], row: Row) -> None:
    assert outcomes[row.name] == row.outcome

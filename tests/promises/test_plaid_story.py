"""Plaid's records in Avro on a topic of another name, from ten lines published to suggestions in four languages."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops.patience import patience_seconds, wait_for
from tests.promises import test_consumers
from tests.promises.conftest import SESSION
from tests.promises.stack import Stack
from tests.promises.test_consumers import Line
from tests.promises.test_mapping import plaid

PRODUCER = Path(__file__).parents[2] / "docs" / "examples" / "producers" / "plaid_avro.py"
TOPIC = "bank.plaid-avro"
LINES = 10
EXAMPLES: dict[str, Callable[[Stack, set[Line], Path], None]] = {
    "Python": test_consumers.test_the_example_in_python,
    "Node": test_consumers.test_the_example_in_node,
    "Java": test_consumers.test_the_example_in_java,
    "Go": test_consumers.test_the_example_in_go,
}


def line_of(number: int) -> bytes:
    """Return a line of Plaid's without what the schema does not have."""
    record = json.loads(plaid(number, amount=4.2 + number))
    del record["location"]
    return json.dumps(record).encode()


@pytest.fixture(scope="module")
def suggested(kafka_stack: Stack, schema_registry: str) -> Iterator[set[Line]]:
    """Return what was suggested for ten lines that the example of a producer has sent."""
    variables = {
        "LEDGERMIND_KAFKA_TOPICS": f"transactions={TOPIC}",
        "LEDGERMIND_MAPPING": "plaid",
        "LEDGERMIND_INPUT_FORMAT": "avro",
        "LEDGERMIND_SCHEMA_REGISTRY_URL": schema_registry,
    }
    stack = Stack(kafka_stack.bootstrap_servers, kafka_stack.dsn, kafka_stack.folder, SESSION | variables)
    stack.succeed("topics", "create")
    with stack.worker(), stack.landing():
        done = subprocess.run(
            [sys.executable, str(PRODUCER), stack.bootstrap_servers, schema_registry, TOPIC],
            input=b"\n".join(line_of(number) for number in range(LINES)),
            capture_output=True,
            timeout=patience_seconds(),
            check=False,
        )
        assert done.returncode == 0, done.stderr[-400:]
        wait_for(lambda: len(stack.read("suggestions")) == LINES, "ten suggestions")
        wait_for(lambda: stack.sql("select count(*) from raw.transactions") == [(LINES,)], "ten rows")
    assert {record.key for record in stack.read(TOPIC)} == {b"account-1"}
    assert stack.read("transactions-dlq") == []
    amounts = stack.sql("select round(amount, 2)::text from raw.transactions order by source_offset")
    assert amounts == [(f"-{4 + number}.20",) for number in range(LINES)]
    yield {
        (said["user_id"], said["txn_id"], said["category"] or "null")
        for said in (record.json for record in stack.read("suggestions"))
    }


@pytest.mark.slow
@pytest.mark.promise(
    "From ten lines that it sends, the suggestions are read by the examples in Python, Node, Java and Go.",
    "docs/FORMATS.md",
)
@pytest.mark.parametrize("language", EXAMPLES)
def test_suggestions_of_plaids_records_are_read(
    kafka_stack: Stack, suggested: set[Line], tmp_path: Path, language: str
) -> None:
    assert len(suggested) == LINES
    EXAMPLES[language](kafka_stack, suggested, tmp_path)

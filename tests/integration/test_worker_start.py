"""A worker that cannot work says why in one line, as docs/BAD_INPUT.md has it, and is not started again."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from ops.local.broker import Broker
from ops.local.ports import LOOPBACK, free_port
from ops.patience import patience_seconds
from schemas.contracts.topics import TOPICS, TRANSACTIONS
from tests.conftest import OURS, ROOT, Run

pytestmark = pytest.mark.integration

PAGE = ROOT / "docs" / "BAD_INPUT.md"
NO_YAML = "name: x\nversion: 1\nrules: [\n"
NO_CATEGORY = (
    'name: x\nversion: "1.0"\nrules:\n  - id: fuel\n    category: Spaceships\n    when: {mcc: ["5541"]}\n'  # fifth line
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of the page; ``<…>`` stands for what differs from run to run, ``…`` for what is not compared."""

    name: str
    line: str
    exit_code: int
    variables: Mapping[str, str] = field(default_factory=dict)
    rules: str | None = None
    partitions: int | None = None  # of ``transactions``, on a broker that has every other topic; 0: no topic at all
    port_taken: bool = False


BAD_RULES = {"LEDGERMIND_WORKER_RULES_FILE": "rules.yml"}
FAULTS = [
    Fault(
        "nobody answers at the broker's address",
        "no broker answers at <address> (_TRANSPORT); start one or set LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS",
        4,
    ),
    Fault(
        "missing topic",
        "topic transactions does not exist; create it with: ledgermind topics create",
        3,
        partitions=0,
    ),
    Fault(
        "topic with too few partitions",
        "topic transactions has 3 partitions, 12 are needed; add them with: ledgermind topics alter",
        3,
        partitions=3,
    ),
    Fault(
        "taken port",
        "cannot listen at 127.0.0.1:<port> (address already in use); "
        "end what does, or give this worker another LEDGERMIND_WORKER_PORT",
        2,
        port_taken=True,
    ),
    Fault(
        "rules file that is not there",
        "<file>: cannot be read: No such file or directory; name a readable file",
        2,
        BAD_RULES,
    ),
    Fault(
        "rules file that is no YAML",
        "<file>:4: is not YAML: expected the node content, but found '<stream end>'",
        2,
        BAD_RULES,
        rules=NO_YAML,
    ),
    Fault(
        "rules file with an unknown category",
        "<file>:5: 'Spaceships' is no category; known: Groceries, Dining, …",
        2,
        BAD_RULES,
        rules=NO_CATEGORY,
    ),
    Fault(
        "word where a number belongs",
        "LEDGERMIND_WORKER_BATCH_RECORDS: input should be a valid integer, unable to parse string as an integer",
        2,
        {"LEDGERMIND_WORKER_BATCH_RECORDS": "many"},
    ),
    Fault(
        "number past its limit",
        "LEDGERMIND_WORKER_PORT: input should be less than or equal to 65535",
        2,
        {"LEDGERMIND_WORKER_PORT": "70000"},
    ),
    Fault(
        "word that is none of the allowed ones",
        "LEDGERMIND_KAFKA_SECURITY_PROTOCOL: input should be 'plaintext', 'ssl', 'sasl_plaintext' or 'sasl_ssl'",
        2,
        {"LEDGERMIND_KAFKA_SECURITY_PROTOCOL": "tls"},
    ),
    Fault(
        "share that is none",
        "SUGGEST_USE_MODEL_CANARY: 'ten' is not a share; give 0 to 100 with at most two decimals, such as 10 or 12.5%",
        2,
        {"SUGGEST_USE_MODEL_CANARY": "ten"},
    ),
    Fault(
        "misspelt variable",
        "LEDGERMIND_WORKR_NAME: nothing reads this variable, did you mean LEDGERMIND_WORKER_NAME?",
        2,
        {"LEDGERMIND_WORKR_NAME": "x"},
    ),
]


def test_the_page_holds_the_same_faults() -> None:
    section = PAGE.read_text().partition("## Start")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| `(.+)` \| (\d) \|$", section, re.MULTILINE)
    assert rows == [(fault.name, fault.line, str(fault.exit_code)) for fault in FAULTS]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_command_says_it_in_one_line_leaves_with_its_code_and_does_not_try_again(
    fault: Fault, tmp_path: Path, ledgermind: Run, start_broker: Callable[[], Broker]
) -> None:
    with arranged(fault, tmp_path, start_broker) as variables:
        answer = ledgermind("worker", **variables)
    assert answer.returncode == fault.exit_code
    said = expected(fault, variables)
    assert len([line for line in answer.stderr.splitlines() if said in line]) == 1
    assert "starting again" not in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "\x1b" not in answer.stdout


@pytest.mark.parametrize("name", ["taken port", "share that is none"])
def test_the_program_by_itself_says_it_in_one_line_and_nothing_else(
    name: str, tmp_path: Path, start_broker: Callable[[], Broker]
) -> None:
    (fault,) = (fault for fault in FAULTS if fault.name == name)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    with arranged(fault, tmp_path, start_broker) as variables:
        answer = subprocess.run(
            [sys.executable, "-m", "streams.worker"],
            env=clean | {"PYTHONPATH": str(ROOT)} | variables,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=patience_seconds(),
            check=False,
        )
    assert answer.returncode == fault.exit_code
    assert answer.stdout == ""
    (line,) = filter(None, answer.stderr.splitlines())
    assert expected(fault, variables) in line


@contextmanager
def arranged(fault: Fault, directory: Path, start_broker: Callable[[], Broker]) -> Iterator[dict[str, str]]:
    """Bring the fault about; give the variables under which a worker meets it, and nothing else."""
    address = f"{LOOPBACK}:{free_port()}" if fault.partitions is None else start_broker().bootstrap_servers
    if fault.partitions:
        make_topics(address, partitions_of_transactions=fault.partitions)
    if fault.rules is not None:
        (directory / "rules.yml").write_text(fault.rules)
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1] if fault.port_taken else free_port()
        where = {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": address, "LEDGERMIND_WORKER_PORT": str(port)}
        yield {**where, **fault.variables}


def make_topics(address: str, *, partitions_of_transactions: int) -> None:
    admin = AdminClient({"bootstrap.servers": address, "log_level": 0})
    sizes = {spec.name: spec.partitions for spec in TOPICS} | {TRANSACTIONS.name: partitions_of_transactions}
    for made in admin.create_topics([NewTopic(name, size, 1) for name, size in sizes.items()]).values():
        made.result(patience_seconds())


def expected(fault: Fault, variables: Mapping[str, str]) -> str:
    """The fault's line with this run's address, port and file, up to where it is not compared."""
    line = fault.line.replace("<address>", variables["LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS"])
    line = line.replace("<port>", variables["LEDGERMIND_WORKER_PORT"]).replace("<file>", "rules.yml")
    return line.partition("…")[0]

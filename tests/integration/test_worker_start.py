"""A worker that cannot work says why in one line, before it connects to anything, and is not started again."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.broker import Broker
from ops.ports import LOOPBACK, free_port
from tests.conftest import OURS, ROOT, Run

pytestmark = pytest.mark.integration

NONSENSE = [
    pytest.param(
        {"LEDGERMIND_WORKER_BATCH_RECORDS": "many"}, "LEDGERMIND_WORKER_BATCH_RECORDS: input should be", id="no number"
    ),
    pytest.param({"LEDGERMIND_WORKER_PORT": "70000"}, "LEDGERMIND_WORKER_PORT: input should be", id="no port"),
    pytest.param({"LEDGERMIND_WORKR_NAME": "x"}, "did you mean LEDGERMIND_WORKER_NAME?", id="misspelt"),
    pytest.param({"SUGGEST_USE_MODEL_CANARY": "ten"}, "SUGGEST_USE_MODEL_CANARY: 'ten' is not a share", id="no share"),
]


def start_worker(directory: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run one worker by itself against nobody, unless told otherwise."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    nobody = {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": f"{LOOPBACK}:{free_port()}"}
    return subprocess.run(
        [sys.executable, "-m", "streams.worker"],
        env=clean | {"PYTHONPATH": str(ROOT)} | nobody | variables,
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(("variables", "words"), NONSENSE)
def test_nonsense_in_the_environment_is_one_line_and_exit_code_2(
    tmp_path: Path, variables: dict[str, str], words: str
) -> None:
    answer = start_worker(tmp_path, **variables)
    assert answer.returncode == 2
    (line,) = answer.stderr.splitlines()
    assert words in line


@pytest.mark.parametrize(("variables", "words"), NONSENSE)
def test_the_command_says_it_too_and_does_not_try_again(ledgermind: Run, variables: dict[str, str], words: str) -> None:
    answer = ledgermind("worker", **variables)
    assert answer.returncode != 0
    assert words in answer.stderr
    assert "starting again" not in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("name: x\nversion: 1\nrules: [\n", "rules.yml:4: is not YAML", id="no YAML"),
        pytest.param(
            'name: x\nversion: "1.0"\nrules:\n  - id: fuel\n    category: Spaceships\n    when: {mcc: ["5541"]}\n',
            "rules.yml:5: 'Spaceships' is no category",
            id="no category",
        ),
        pytest.param(None, "rules.yml: cannot be read", id="no file"),
    ],
)
def test_a_bad_rules_file_is_one_line_with_file_and_line(
    tmp_path: Path, ledgermind: Run, text: str | None, words: str
) -> None:
    file = tmp_path / "rules.yml"
    if text is not None:
        file.write_text(text)
    answer = start_worker(tmp_path, LEDGERMIND_WORKER_RULES_FILE=str(file))
    assert answer.returncode == 2
    (line,) = answer.stderr.splitlines()
    assert words in line
    parent = ledgermind("worker", LEDGERMIND_WORKER_RULES_FILE=str(file))
    assert parent.returncode != 0
    assert words in parent.stderr
    assert "starting again" not in parent.stderr


def test_a_taken_web_port_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        answer = start_worker(tmp_path, LEDGERMIND_WORKER_PORT=str(port))
    assert answer.returncode == 2
    (line,) = filter(None, answer.stderr.splitlines())
    assert f"cannot listen at 127.0.0.1:{port} (address already in use); " in line
    assert "LEDGERMIND_WORKER_PORT" in line


def test_missing_topics_are_one_line_and_exit_code_3(tmp_path: Path, start_broker: Callable[[], Broker]) -> None:
    answer = start_worker(
        tmp_path,
        LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS=start_broker().bootstrap_servers,
        LEDGERMIND_WORKER_PORT=str(free_port()),
    )
    assert answer.returncode == 3
    (line,) = filter(None, answer.stderr.splitlines())
    assert "topic transactions does not exist; create it with: ledgermind topics create" in line

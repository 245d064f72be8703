"""A worker that cannot go on ends its process with the code of the reason, and says the reason in one line."""

import subprocess
import sys

import pytest

from streams.errors import BrokerUnreachable, FencedError
from streams.worker.exit import UNEXPECTED_EXIT_CODE

BEGIN = """
from confluent_kafka import KafkaError, KafkaException
from streams.errors import FencedError
from streams.worker.exit import explain_with, leave, leave_where_it_fails
"""


def end(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", BEGIN + code], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("raised", "code", "says"),
    [
        pytest.param("FencedError('another worker')", FencedError.exit_code, "another worker", id="its own"),
        pytest.param(
            "KafkaException(KafkaError(KafkaError._TRANSPORT))", BrokerUnreachable.exit_code, "is it up?", id="broker's"
        ),
    ],
)
def test_a_start_that_fails_ends_the_process_with_the_code_of_the_reason(raised: str, code: int, says: str) -> None:
    ended = end(f"with leave_where_it_fails():\n    raise {raised}\nprint('went on')")
    assert ended.returncode == code
    assert says in ended.stdout + ended.stderr
    assert "went on" not in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr


def test_a_mistake_of_the_program_is_no_reason_to_say_the_broker_is_down() -> None:
    ended = end("try:\n    with leave_where_it_fails():\n        {}['x']\nexcept KeyError:\n    leave(KeyError('x'))")
    assert ended.returncode == UNEXPECTED_EXIT_CODE
    assert "is it up?" not in ended.stdout + ended.stderr


def test_what_explains_an_error_decides_how_the_process_ends() -> None:
    ended = end("explain_with(lambda error: FencedError('known now'))\nleave(KeyError('x'))")
    assert ended.returncode == FencedError.exit_code
    assert "known now" in ended.stdout + ended.stderr

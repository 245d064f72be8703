import json
from pathlib import Path

import pytest

from tests.repository.failed import main, refusal

TIME = "tests/integration/test_worker.py::test_a"
COUNT = "tests/chaos/test_exactly_once.py::test_b"


@pytest.mark.parametrize(
    ("failed", "why"),
    [
        pytest.param([TIME], None, id="one"),
        pytest.param([TIME, TIME + "[2]", TIME + "[3]"], None, id="three"),
        pytest.param([f"{TIME}[{number}]" for number in range(4)], "4 tests failed", id="four"),
        pytest.param([TIME, COUNT], COUNT, id="a count of records"),
        pytest.param([], "a run itself did", id="the run broke down"),
    ],
)
def test_a_second_run_hides_no_fault(failed: list[str], why: str | None) -> None:
    said = refusal(failed)
    assert (said is None) if why is None else why in (said or "")


def test_what_failed_is_printed_and_decides_the_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    last = tmp_path / "lastfailed"
    assert main(last) == 1
    last.write_text(json.dumps({TIME: True}))
    assert main(last) == 0
    assert TIME in capsys.readouterr().out
    last.write_text(json.dumps({TIME: True, COUNT: True}))
    assert main(last) == 1
    assert "not taken twice" in capsys.readouterr().out

"""A command begins without the libraries that take long to import, unless it is about to use them."""

import subprocess
import sys

import pytest

SLOW = ("scipy", "sklearn", "pandas", "onnxruntime", "lightgbm", "dbt")


@pytest.mark.parametrize(
    ("module", "needed"),
    [
        pytest.param("ops.cli.commands.rollout", (), id="rollout"),
        pytest.param("ops.cli.commands.predict", (), id="predict"),
        pytest.param("ops.cli.commands.warehouse", (), id="warehouse"),
        pytest.param("ops.cli.commands.train", ("scipy",), id="train"),  # its matrices
        pytest.param("ops.cli.commands.retrain", ("scipy",), id="retrain"),
        pytest.param("streams.worker.faust_app", (), id="a worker"),
        pytest.param("streams.landing.__main__", (), id="the landing"),
    ],
)
def test_a_program_starts_without_libraries_that_it_may_not_need(module: str, needed: tuple[str, ...]) -> None:
    question = f"import sys, {module}; print(*sorted(set({SLOW!r}) & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=True)
    assert found.stdout.split() == list(needed)

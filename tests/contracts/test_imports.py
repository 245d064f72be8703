"""A command begins without the libraries that take long to import, unless it is about to use them."""

import subprocess
import sys

import pytest

SLOW = ("dbt", "lightgbm", "numpy", "onnx", "onnxruntime", "pandas", "psycopg", "scipy", "sklearn")


@pytest.mark.parametrize(
    ("module", "needed"),
    [
        pytest.param("ops.cli.commands.rollout", (), id="rollout"),
        pytest.param("ops.cli.commands.rollout_status", (), id="rollout status"),
        pytest.param("ops.cli.commands.registry", (), id="registry"),
        pytest.param("ops.cli.commands.status", (), id="status"),
        pytest.param("ops.cli.commands.rules", (), id="rules"),
        pytest.param("ops.cli.commands.validate", (), id="validate"),
        pytest.param("ops.cli.commands.predict", ("numpy",), id="predict"),
        pytest.param("ops.cli.commands.warehouse", ("numpy", "psycopg"), id="warehouse"),
        pytest.param("ops.cli.commands.train", ("numpy", "onnx", "psycopg", "scipy"), id="train"),  # its matrices
        pytest.param("ops.cli.commands.retrain", ("numpy", "onnx", "psycopg", "scipy"), id="retrain"),
        pytest.param("streams.worker.faust_app", ("numpy",), id="a worker"),
        pytest.param("streams.landing.__main__", ("psycopg",), id="the landing"),
    ],
)
def test_a_program_starts_without_libraries_that_it_may_not_need(module: str, needed: tuple[str, ...]) -> None:
    question = f"import sys, {module}; print(*sorted(set({SLOW!r}) & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=True)
    assert found.stdout.split() == list(needed)

"""A taxonomy that cannot be used ends each program with one line and exit code 2, before anything else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = {
    "worker": ["-m", "streams.worker"],
    "landing": ["-m", "streams.landing"],
    "feed": ["-m", "ops.up.feed", "5"],
    "command": ["-m", "ops.cli", "rules", "lint"],
    "help of a command": ["-m", "ops.cli", "train", "--help"],
    "option": ["-m", "ops.cli", "rules", "lint", "--taxonomy", "{}"],
    "option first": ["-m", "ops.cli", "--taxonomy={}", "rules", "lint"],
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_bad_taxonomy_is_one_line_and_exit_code_2(program: str, tmp_path: Path) -> None:
    file = tmp_path / "own.yml"
    file.write_text("version: a\ncategories: []\n")
    words = [word.replace("{}", str(file)) for word in PROGRAMS[program]]
    given = {} if str(file) in "".join(words) else {"LEDGERMIND_TAXONOMY": str(file)}
    answer = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, env={**os.environ, **given}, check=False
    )
    assert answer.returncode == 2, answer.stderr
    (line,) = answer.stderr.splitlines()
    assert f"{file}: categories: there are 0 categories: write 2 to 200 (and " in line


def test_the_option_needs_a_file() -> None:
    command = [sys.executable, "-m", "ops.cli", "rules", "lint", "--taxonomy"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (2, "ledgermind: --taxonomy needs a file: --taxonomy FILE\n")

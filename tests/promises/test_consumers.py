"""Consumers: the examples of four languages read every suggestion of a real Apache Kafka."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from ops.patience import wait_for
from tests.promises.events import payment
from tests.promises.stack import Stack

EXAMPLES: Final = Path(__file__).resolve().parents[2] / "docs" / "examples" / "consumers"
SENT: Final = 30
Line = tuple[str, ...]


@pytest.fixture(scope="module")
def suggested(kafka_stack: Stack) -> set[Line]:
    """Return user, transaction and category of each suggestion that lies on the topic."""
    with kafka_stack.worker():
        kafka_stack.score([payment(number, user_id=f"u{number}") for number in range(SENT)])
    found: set[Line] = {
        (said["user_id"], said["txn_id"], said["category"] or "null")
        for said in (record.json for record in kafka_stack.read("suggestions"))
    }
    assert len(found) == SENT
    return found


def need(*programs: str) -> None:
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not on the PATH")


def prepare(folder: Path, *command: str) -> None:
    """Run one step of a preparation that fetches something; skips the test where nothing can be fetched."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        pytest.skip(f"{' '.join(command[:3])}: {(done.stderr or done.stdout).strip().splitlines()[-1]}")


@contextmanager
def running(folder: Path, *command: str) -> Iterator[Path]:
    """Run an example until the context ends; yield the file of what it prints."""
    with (
        (folder / "printed").open("w") as out,
        (folder / "errors").open("w") as errors,
        subprocess.Popen(command, cwd=folder, stdout=out, stderr=errors) as process,
    ):
        try:
            yield folder / "printed"
        finally:
            process.kill()


def prints_them(suggested: set[Line], folder: Path, *command: str) -> None:
    """Wait until an example has printed every suggestion, and nothing else."""

    def printed() -> set[Line]:
        lines = [line.rsplit(" ", 1)[0].split(" ", 2) for line in file.read_text().splitlines()]
        return {(user, txn, "null" if category == "None" else category) for user, txn, category in lines}

    with running(folder, *command) as file:
        wait_for(
            lambda: printed() == suggested,
            lambda: f"{len(suggested)} suggestions: {file.read_text()[-200:]} {(folder / 'errors').read_text()[-400:]}",
            refusals=(ValueError,),
        )


@pytest.mark.promise(
    "Each program prints user, transaction, category and confidence of every suggestion", "docs/CONSUMERS.md"
)
def test_the_example_in_python(kafka_stack: Stack, suggested: set[Line], tmp_path: Path) -> None:
    prints_them(suggested, tmp_path, sys.executable, str(EXAMPLES / "suggestions.py"), kafka_stack.bootstrap_servers)


@pytest.mark.promise(
    "Each program prints user, transaction, category and confidence of every suggestion", "docs/CONSUMERS.md"
)
def test_the_example_in_node(kafka_stack: Stack, suggested: set[Line], tmp_path: Path) -> None:
    need("node", "npm")
    shutil.copy(EXAMPLES / "suggestions.mjs", tmp_path)
    prepare(tmp_path, "npm", "install", "--silent", "--no-audit", "--no-fund", "@platformatic/kafka@1.35.0")
    prints_them(suggested, tmp_path, "node", "suggestions.mjs", kafka_stack.bootstrap_servers)


@pytest.mark.promise(
    "Each program prints user, transaction, category and confidence of every suggestion", "docs/CONSUMERS.md"
)
def test_the_example_in_java(kafka_stack: Stack, suggested: set[Line], tmp_path: Path) -> None:
    need("java", "javac")
    (jars,) = Path(os.environ["LEDGERMIND_CACHE"]).glob("kafka-*/")
    prints_them(
        suggested,
        tmp_path,
        *("java", "-cp", f"{jars}/*", str(EXAMPLES / "Suggestions.java"), kafka_stack.bootstrap_servers),
    )


@pytest.mark.promise(
    "Each program prints user, transaction, category and confidence of every suggestion", "docs/CONSUMERS.md"
)
def test_the_example_in_go(kafka_stack: Stack, suggested: set[Line], tmp_path: Path) -> None:
    need("go")
    shutil.copy(EXAMPLES / "suggestions.go", tmp_path)
    prepare(tmp_path, "go", "mod", "init", "example")
    prepare(tmp_path, "go", "get", "github.com/twmb/franz-go/pkg/kgo@v1.22.3")
    prepare(tmp_path, "go", "build", "-o", "suggestions", "suggestions.go")
    prints_them(suggested, tmp_path, "./suggestions", kafka_stack.bootstrap_servers)

"""How fast a plain CSV of a bank is read and mapped, in how much memory, beside polars, which only reads; and previews.

polars comes by ``uv`` for this run, as it is no dependency: it parses dates and decimals and checks nothing else.
"""

import json
import os
import random
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(1_800)]
ROWS = int(os.environ.get("BENCH_IMPORT_ROWS", "1000000"))
PREVIEW_BYTES = int(os.environ.get("BENCH_IMPORT_BYTES", "1000000000"))
ROUNDS = 3
MOST_MEGABYTES = 300
POLARS = "polars==2.1.0"
UV = str(Path(sys.executable).with_name("uv"))
MEASURED = """
import json, resource, sys, time
began = time.process_time()
{body}
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([count, time.process_time() - began, used.ru_maxrss / 1024]))
"""
OURS = """
from pathlib import Path
from ops.csv_import.columns import CsvMap
from ops.csv_import.row import Row
from ops.csv_import.source import CsvFormat, read_csv
began = time.process_time()
count = sum(isinstance(row, Row) for row in read_csv(Path(sys.argv[1]), CsvMap.parse("occurred_at=Date"), CsvFormat()))
"""
BARE = """
import csv
with open(sys.argv[1], newline="") as lines:
    count = sum(1 for row in csv.reader(lines)) - 1
"""
THEIRS = """
import polars
began = time.process_time()
frame = polars.read_csv(sys.argv[1], schema_overrides={"Date": polars.Date, "Amount": polars.Decimal(18, 2)})
count = frame.height
"""


@pytest.fixture(scope="module")
def statement(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("statement") / "bank.csv"
    chance = random.Random(1)
    with path.open("w") as file:
        file.write("Date,Description,Amount\n")
        for _ in range(ROWS):
            day = f"2024-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
            cents = chance.randrange(20_000)
            file.write(f"{day},CARD PURCHASE SHOP {chance.randrange(5_000)} TOWN,-{cents // 100}.{cents % 100:02}\n")
    return path


def measured(body: str, path: Path, *, peer: str | None = None) -> tuple[int, float, float] | None:
    """Return rows, CPU seconds and megabytes of a program of its own; None where a peer cannot be fetched."""
    program = [sys.executable]
    if peer is not None:
        program = [UV, "run", "--quiet", "--no-project", "--python", sys.executable, "--with", peer, "python"]
    done = subprocess.run(
        [*program, "-c", MEASURED.format(body=body), str(path)],
        capture_output=True, text=True, check=False, cwd=ROOT, env={**os.environ, "POLARS_MAX_THREADS": "1"},
    )  # fmt: skip
    if peer is not None and done.returncode:
        return None
    assert done.returncode == 0, done.stderr
    count, seconds, megabytes = json.loads(done.stdout)
    return count, seconds, megabytes


def lines_of(figures: dict[str, list[tuple[int, float, float]]]) -> Iterator[str]:
    yield f"\n{'reader':28}{'rows/s of CPU':>15}{'takes':>9}{'peak MB':>9}"
    ours = statistics.median(seconds for _, seconds, _ in figures["ledgermind, read and mapped"])
    for name, rounds in figures.items():
        seconds = statistics.median(seconds for _, seconds, _ in rounds)
        peak = max(megabytes for _, _, megabytes in rounds)
        yield f"{name:28}{rounds[0][0] / seconds:>15,.0f}{seconds / ours:>8.2f}x{peak:>9,.0f}"


def test_a_plain_file_is_read_and_mapped_beside_readers_that_only_read(statement: Path) -> None:
    figures: dict[str, list[tuple[int, float, float]]] = {}
    for _ in range(ROUNDS):
        for name, body, peer in (
            ("ledgermind, read and mapped", OURS, None),
            ("csv of Python, read", BARE, None),
            ("polars, one thread, read", THEIRS, POLARS),
        ):
            if (one := measured(body, statement, peer=peer)) is not None:
                assert one[0] == ROWS
                figures.setdefault(name, []).append(one)
    print("\n".join(lines_of(figures)))
    assert max(megabytes for _, _, megabytes in figures["ledgermind, read and mapped"]) <= MOST_MEGABYTES


def test_a_preview_takes_as_long_for_a_large_file_as_for_a_small_one(statement: Path, tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    header, _, rows = statement.read_bytes().partition(b"\n")
    with large.open("wb") as file:
        file.write(header + b"\n")
        while file.tell() < PREVIEW_BYTES:
            file.write(rows)
    body = (
        "import os, subprocess\n"
        "preview = [sys.executable, '-m', 'ops.cli', 'import', sys.argv[1], '--preview', '--map', 'occurred_at=Date']\n"
        "subprocess.run(preview, check=True, stdout=subprocess.DEVNULL)\n"
        "spent = os.times()\n"
        "count, began = 1, time.process_time() - spent.children_user - spent.children_system"
    )
    of = {}
    for name, path in (("a small file", statement), (f"{PREVIEW_BYTES / 1e9:.1f} GB", large)):
        found = [one for _ in range(ROUNDS) if (one := measured(body, path)) is not None]
        of[name] = statistics.median(seconds for _, seconds, _ in found)
        print(f"preview of {name}: {of[name]:.2f} s of CPU, from its start to its end")
    small, big = of.values()
    assert big < small * 2

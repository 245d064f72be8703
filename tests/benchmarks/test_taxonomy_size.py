"""What categories cost: scoring, training and memory for 8, 22, 60 and 200 of them, each in a process of its own.

Every size has the same number of rows, spread over all of its categories, and the same five merchants in each.
"""

import json
import os
from pathlib import Path

import pytest

from tests.support import taxonomies

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(3_600)]
ROWS = int(os.environ.get("BENCH_TAXONOMY_ROWS", "10000"))
SIZES = (8, 22, 60, 200)
MEBIBYTE = 1_048_576


def test_scoring_training_and_memory_by_number_of_categories(tmp_path: Path) -> None:
    print("\n| categories | µs a transaction | first time | training, CPU s | memory of it | release |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    for count in SIZES:
        taxonomy = tmp_path / f"{count}.yml"
        taxonomy.write_text(taxonomies.of(count), encoding="utf-8")
        registry = tmp_path / f"registry-{count}"
        made = taxonomies.run("-m", "tests.support.release_of_taxonomy", str(registry), str(ROWS), taxonomy=taxonomy)
        assert made.returncode == 0, made.stderr
        told = json.loads(made.stdout)
        print(
            f"| {count} | {told['microseconds']:.1f} | {told['first_microseconds']:.1f} "
            f"| {told['training_seconds']:.0f} | {told['trained_bytes'] / MEBIBYTE:,.0f} MiB "
            f"| {told['release_bytes'] / MEBIBYTE:.1f} MiB |",
            flush=True,
        )
        assert told["accuracy"] > 0.9

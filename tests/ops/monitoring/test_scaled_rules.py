"""Scaled rules differ from the shipped ones in their durations alone."""

import re
from pathlib import Path

import pytest

from ops.monitoring.scaled_rules import FOLDER, scaled, write_scaled


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("        for: 10m", "        for: 10000ms", id="how long it must hold"),
        pytest.param("        for: 2h", "        for: 120000ms", id="hours"),
        pytest.param("        for: 30s", "        for: 1000ms", id="never below a scrape"),
        pytest.param("        expr: rate(x[15m]) > 0", "        expr: rate(x[15000ms]) > 0", id="a window"),
        pytest.param(
            "        expr: rate(x[1m]) > 0", "        expr: rate(x[5000ms]) > 0", id="never below two samples"
        ),
        pytest.param("        expr: time() - x > 3600", "        expr: time() - x > 3600", id="a number of seconds"),
        pytest.param("      - record: x:ratio_28d", "      - record: x:ratio_28d", id="the name of a series"),
        pytest.param("        description: for: 10m", "        description: for: 10m", id="prose"),
    ],
)
def test_a_duration_is_divided_and_nothing_else(line: str, expected: str) -> None:
    assert scaled(line, 60) == expected


def test_every_shipped_file_is_written_with_as_many_durations_and_the_same_rest(tmp_path: Path) -> None:
    written = write_scaled(tmp_path / "rules", 60)
    assert [file.name for file in written] == sorted(file.name for file in FOLDER.glob("*.yml"))
    durations = re.compile(r"(?<=^        for: )\d+\w+$|(?<=\[)\d+\w+(?=\])", re.MULTILINE)
    for file in written:
        shipped, found = (FOLDER / file.name).read_text(), file.read_text()
        assert durations.sub("", found) == durations.sub("", shipped)
        assert all(one.endswith("ms") for one in durations.findall(found))

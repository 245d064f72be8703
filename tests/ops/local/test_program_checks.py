"""A program counts as there when it answers; one that is too old, fails or is missing is told apart, with a remedy."""

import os
from pathlib import Path

import pytest

from ops.local.finding import State
from ops.local.program_checks import MIN_JAVA, java, maven


def program(folder: Path, name: str, says: str, *, code: int = 0) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\nprintf '%b\\n' '{says}' >&2\nexit {code}\n")
    file.chmod(0o755)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return tmp_path


@pytest.mark.parametrize(
    ("says", "code", "state"),
    [
        pytest.param('openjdk version "17.0.9" 2023-10-17\\nmore', 0, State.OK, id="new enough"),
        pytest.param('openjdk version "11.0.2" 2019', 0, State.BROKEN, id="too old"),
        pytest.param('java version "1.8.0_292"', 0, State.BROKEN, id="numbered in the old way"),
        pytest.param("Error: could not find libjvm", 1, State.BROKEN, id="fails"),
    ],
)
def test_java_is_asked_for_its_version(folder: Path, says: str, code: int, state: State) -> None:
    program(folder, "java", says, code=code)
    found = java()
    assert found.state is state
    assert "\n" not in found.found
    assert bool(found.mend) is (state is not State.OK)


def test_what_is_not_on_the_path_is_missing_with_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = java()
    assert found.state is State.MISSING
    assert f"openjdk-{MIN_JAVA}" in found.mend
    assert "BROKER=embedded" in maven().mend


def test_colours_of_a_program_are_no_words_of_it(folder: Path) -> None:
    program(folder, "mvn", "\\033[1mApache Maven 3.8.7\\033[m")
    assert maven().found == "Apache Maven 3.8.7"

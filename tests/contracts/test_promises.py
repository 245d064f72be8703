"""Every promise that the page lists has a test, every test a promise that is really made, and none looks inside."""

import ast
from pathlib import Path

import pytest

from tests.promises.page import FOLDER, PAGE, Promise, is_made, marks, promises, rendered

ALLOWED = ("tests.promises", "ops.patience")
OURS = ("schemas", "rules", "scorer", "streams", "trainer", "ops", "ledgermind", "tests")


def imports(source: str) -> list[str]:
    """Return the modules of ours that a test imports and should not."""
    found = []
    for node in ast.walk(ast.parse(source)):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        found += [name for name in names if name.partition(".")[0] in OURS and not name.startswith(ALLOWED)]
    return found


def test_the_page_is_the_one_that_the_marks_make() -> None:
    written = set(PAGE.read_text().splitlines())
    missing = [line for line in rendered().splitlines() if line not in written]
    assert PAGE.read_text() == rendered(), f"run: make promises-page; missing or changed: {missing}"


def test_every_test_of_a_promise_says_which() -> None:
    assert [test for test, made in marks().items() if not made] == []


@pytest.mark.parametrize("promise", promises(), ids=lambda promise: promise.test.partition("::")[2])
def test_a_promise_is_made_where_its_mark_says(promise: Promise) -> None:
    assert is_made(promise), f"{promise.made_in} does not say: {promise.sentence}"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("test_*.py")), ids=lambda path: path.stem)
def test_a_promise_is_tested_from_outside(path: Path) -> None:
    assert imports(path.read_text()) == []


def test_a_promise_that_nobody_makes_is_found() -> None:
    assert not is_made(Promise("README.md", "It also makes coffee.", "test_x.py::test_x"))
    assert not is_made(Promise("ledgermind train --help", "It also makes coffee.", "test_x.py::test_x"))


def test_an_import_of_ours_is_found() -> None:
    assert imports("from streams.process.codec import decode\nimport scorer.serving.canary\nimport ops.patience") == [
        "streams.process.codec",
        "scorer.serving.canary",
    ]

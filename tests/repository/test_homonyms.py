"""One word, one meaning: a public class or function has a name that no other package uses for something else."""

import ast
from collections import defaultdict
from pathlib import Path

from tests.conftest import ROOT

PACKAGES = ("schemas", "rules", "scorer", "streams", "trainer", "ops")
ALLOWED = {
    "main": "what a program begins with",
    "serve": "answers a port, whatever is asked there",
    "Registry": "the trainer's registry is the scorer's, and can also write",
}


def names(root: Path) -> dict[str, set[str]]:
    """Return the packages that define each public class and function at the top of a module."""
    found: dict[str, set[str]] = defaultdict(set)
    for package in PACKAGES:
        for path in (root / package).rglob("*.py"):
            if "commands" in path.parts:  # a command's functions have its words: ledgermind worker, ledgermind landing
                continue
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name[0] != "_":
                    found[node.name].add(package)
    return found


def shared(found: dict[str, set[str]]) -> set[str]:
    """Return the names that more than one package defines."""
    return {name for name, packages in found.items() if len(packages) > 1}


def test_no_name_means_two_things() -> None:
    found = names(ROOT)
    new = {name: sorted(found[name]) for name in sorted(shared(found) - set(ALLOWED))}
    assert new == {}, "two packages give one word two meanings: name one of them otherwise"


def test_the_list_holds_nothing_that_is_no_longer_so() -> None:
    assert set(ALLOWED) == shared(names(ROOT))


def test_a_name_that_two_packages_give_is_found(tmp_path: Path) -> None:
    for package in PACKAGES[:2]:
        (tmp_path / package).mkdir()
        (tmp_path / package / "cup.py").write_text("class Cup:\n    pass\n\n\ndef _cup() -> None:\n    pass\n")
    assert shared(names(tmp_path)) == {"Cup"}

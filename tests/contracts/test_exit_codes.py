"""Every exit code that the code can leave with stands in the table, and no other; so does what the parent does then."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from ops.local.supervisor import FINAL_AT_FIRST, FINAL_EXIT_CODES
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "EXIT_CODES.md"
ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
PACKAGES = ("rules", "scorer", "streams", "trainer", "ops")
LEAVING = {"Exit", "exit", "_exit"}  # typer.Exit, sys.exit, os._exit


def codes(source: str) -> set[int]:
    """Return the exit codes that a module names: of its errors, and of the places where it leaves."""
    tree = ast.parse(source)
    constants = dict(_constants(tree))
    found = {
        value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for line in node.body
        if isinstance(line, ast.Assign | ast.AnnAssign) and "exit_code" in ast.unparse(line).split("=")[0]
        if isinstance(value := line.value, ast.Constant) and isinstance(value.value, int)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in LEAVING:
            for part in (one for argument in node.args for one in ast.walk(argument)):
                if isinstance(part, ast.Constant) and isinstance(part.value, int):
                    found.add(int(part.value))
                elif isinstance(part, ast.Name) and part.id in constants:
                    found.add(constants[part.id])
    return found | {code for name, code in constants.items() if name.endswith("EXIT_CODE")}


def _constants(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, int):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            yield ast.unparse(target), node.value.value


def table() -> dict[int, str]:
    return {int(code): again for code, _, _, again in ROW.findall(PAGE.read_text())}


def test_the_table_holds_the_codes_that_the_code_names_and_no_others() -> None:
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    named = {code for path in files for code in codes(path.read_text())}
    report = codes(Path(ROOT / "ops" / "cli" / "__main__.py").read_text())
    assert {130, 141} <= report
    assert set(table()) == named | {0, 70}  # 70 stands in a branch of ops.cli, which its tests see


def test_the_table_says_what_the_parent_starts_again() -> None:
    again = table()
    assert {code for code, word in again.items() if word == "rarely"} == FINAL_EXIT_CODES
    assert {code for code, word in again.items() if word == "not at its first start"} == FINAL_AT_FIRST


def test_a_code_is_found_wherever_it_stands() -> None:
    error = "class Fault(Exception):\n    exit_code: int = 32\n"
    assert codes(f"A: Final = 31\n{error}raise typer.Exit(33 if x else A)\nos._exit(34)") == {31, 32, 33, 34}

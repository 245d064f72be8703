"""No module but the taxonomy's own names a category: which there are, a file says."""

import ast
from pathlib import Path

from schemas.taxonomy import DEFAULT_CATEGORIES
from tests.conftest import ROOT

CODE = ("schemas", "rules", "scorer", "streams", "trainer", "ops", "ledgermind")
ALLOWED = ("schemas/taxonomy/",)


def named_in(path: Path) -> list[str]:
    """Return the default categories that stand in a module as texts, or as members of Category."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and node.value in DEFAULT_CATEGORIES:
            found.append(f"line {node.lineno}: {node.value!r}")
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Category":
            found.append(f"line {node.lineno}: Category.{node.attr}")
    return found


def test_no_module_but_the_taxonomy_s_own_names_a_category() -> None:
    modules = [path for package in CODE for path in sorted((ROOT / package).rglob("*.py"))]
    names = {str(path.relative_to(ROOT)): named_in(path) for path in modules}
    assert len(names) > 500
    assert {name: found for name, found in names.items() if found and not name.startswith(ALLOWED)} == {}


def test_a_name_is_seen_wherever_it_stands(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('A = {"Cash": 1}\nB = Category.CASH\nC = "cash"\nD = f"{A}Cash"\n')
    assert named_in(tmp_path / "a.py") == ["line 2: Category.CASH", "line 1: 'Cash'", "line 4: 'Cash'"]

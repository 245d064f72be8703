"""The tree shows the architecture: tests mirror it, pages name files that exist, and no package is one flat floor."""

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = ("schemas", "rules", "scorer", "streams", "trainer", "ops")
MAX_AT_THE_TOP_OF_OPS = 10
LEAST_MIRRORED = 0.42  # share of modules with a test of their name at their path; raise it with what you add
NAMED = re.compile(r"`((?:schemas|rules|scorer|streams|trainer|ops|tests|warehouse)[./][\w./-]*?\w)/?`")


@pytest.mark.parametrize("package", PACKAGES)
def test_tests_lie_in_a_folder_of_their_package(package: str) -> None:
    folders = {path.parent.relative_to(ROOT / "tests") for path in (ROOT / "tests" / package).rglob("test_*.py")}
    assert [str(folder) for folder in sorted(folders) if not (ROOT / folder / "__init__.py").exists()] == []


def mirrored(root: Path) -> tuple[int, int]:
    """Return how many modules have a test of their name at their path below tests, and how many there are."""
    modules = [path for package in PACKAGES for path in (root / package).rglob("*.py") if path.name != "__init__.py"]
    tests = [root / "tests" / one.parent.relative_to(root) / f"test_{one.stem.strip('_')}.py" for one in modules]
    return sum(test.exists() for test in tests), len(modules)


def test_no_smaller_share_of_modules_than_before_is_tested_at_its_own_path() -> None:
    tested, modules = mirrored(ROOT)
    assert tested / modules >= LEAST_MIRRORED, f"{tested} of {modules}"


def test_only_a_test_at_the_module_s_own_path_counts(tmp_path: Path) -> None:
    for name in ("rules/engine.py", "rules/load.py", "tests/rules/test_engine.py", "tests/test_load.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert mirrored(tmp_path) == (1, 2)


def test_little_lies_at_the_top_of_ops() -> None:
    modules = [path.name for path in (ROOT / "ops").glob("*.py") if path.name != "__init__.py"]
    assert len(modules) <= MAX_AT_THE_TOP_OF_OPS


def is_there(named: str) -> bool:
    """Whether a file, a folder, a module or something of a module is there."""
    if "/" in named:
        return (ROOT / named).exists()
    whole, owner = ROOT / named.replace(".", "/"), ROOT / named.rpartition(".")[0].replace(".", "/")
    return any((whole.exists(), whole.with_suffix(".py").exists(), owner.with_suffix(".py").exists()))


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_a_file_that_a_page_names_exists(page: str) -> None:
    named = NAMED.findall((ROOT / page).read_text())
    assert len(named) > 5
    assert [name for name in named if not is_there(name)] == []


def test_the_ways_of_two_records_name_files_that_exist() -> None:
    page = (ROOT / "docs" / "MOVES.md").read_text().partition("## Two records followed")[2].partition("\n## ")[0]
    after = [row.split("|")[3].strip(" `") for row in page.splitlines() if re.match(r"\| \d", row)]
    assert len(after) > 100
    assert [name for name in after if not (ROOT / name.removesuffix("` again")).exists()] == []


def test_the_glossary_gives_each_word_once() -> None:
    words = re.findall(r"^\| (.+?) \|", (ROOT / "GLOSSARY.md").read_text(), re.MULTILINE)
    assert len(words) > 50
    assert sorted({word for word in words if words.count(word) > 1}) == []


def test_a_name_that_leads_nowhere_is_found() -> None:
    assert [is_there(name) for name in ("streams.log", "streams.log.configure", "streams/log.py")] == [True] * 3
    assert [is_there(name) for name in ("streams.cup", "streams.log.cup.tea", "streams/cup.py")] == [False] * 3

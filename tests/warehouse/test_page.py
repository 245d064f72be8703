"""What docs/DATA_QUALITY.md says is so: every statement runs, every guard is there and none is left out."""

import re
from fnmatch import fnmatch

import psycopg
import pytest

from ops.warehouse.dbt import Warehouse
from tests.conftest import ROOT

pytestmark = pytest.mark.warehouse
PAGE = (ROOT / "docs" / "DATA_QUALITY.md").read_text()
STATEMENTS = re.findall(r"\| `(select .+?)` \|$", PAGE, re.MULTILINE)


def section(title: str) -> str:
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_statement_of_the_page_runs(built: Warehouse, statement: str) -> None:
    with psycopg.connect(built.dsn) as connection:
        connection.execute(statement.encode())


def test_the_page_says_of_every_test_what_it_guards(guards: dict[str, str]) -> None:
    firsts = re.findall(r"^\| (`.+?`) \| .+ \| `select", section("When a guard speaks"), re.MULTILINE)
    patterns = [pattern for first in firsts for pattern in re.findall(r"`(.+?)`", first)]
    assert [name for name in guards if not any(fnmatch(name, pattern) for pattern in patterns)] == []
    assert [pattern for pattern in patterns if not any(fnmatch(name, pattern) for name in guards)] == []
    assert f"{len(guards)} data tests run with every build" in PAGE


def test_every_test_that_was_asked_for_is_there(guards: dict[str, str]) -> None:
    asked = re.findall(r"^\| \d+ \| .+ \| `(\w+)` \|$", section("What was asked for"), re.MULTILINE)
    assert len(set(asked)) == len(asked) >= 23
    assert set(asked) <= set(guards)
    assert f"the other {len(guards) - len(asked)} came since" in PAGE

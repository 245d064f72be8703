"""The SQL that dbt compiles of every model and data test is what was frozen, blanks and comments aside."""

import difflib
import os
from pathlib import Path

import pytest

from ops.warehouse.dbt import Warehouse
from tests.goldens import product
from tests.goldens.goldens import ASKED, SQL, plain_sql, sql_differences, sql_file, sql_nodes, stored_nodes
from tests.goldens.renames import Renames
from tests.warehouse.conftest import AS_OF

pytestmark = pytest.mark.warehouse


def test_dbt_compiles_what_was_frozen(built: Warehouse, tmp_path: Path) -> None:
    compiled = product.compiled_sql(built, tmp_path / "dbt", as_of=AS_OF)
    if os.environ.get(ASKED):
        SQL.write_text(sql_file(compiled))
        pytest.skip("written anew, as asked")
    gone, new = sql_differences(stored_nodes(Renames.read()), sql_nodes(compiled))
    names = ", ".join(sorted({name for name, _ in (*gone, *new)}))
    then, now = ("\n".join(f"-- {name}\n{text}" for name, text in nodes).splitlines() for nodes in (gone, new))
    shown = "\n".join(list(difflib.unified_diff(then, now, "stored", "today", n=1, lineterm=""))[:60])
    assert not (gone or new), f"{names}\n{shown}"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        pytest.param("select  a,\n\tb -- why\nfrom t", "select a, b\nfrom t", id="blanks and comments"),
        pytest.param("select '--  no comment' as a /* one\n */", "select '--  no comment' as a", id="quoted blanks"),
    ],
)
def test_only_blanks_and_comments_are_left_out(text: str, plain: str) -> None:
    assert plain_sql(text) == plain

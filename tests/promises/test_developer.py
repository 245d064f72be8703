"""What a developer of the warehouse is promised: dbt typed by hand builds beside what the programs read."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from ops.patience import patience_seconds
from tests.promises.stack import Stack

WAREHOUSE = Path(__file__).parents[2] / "warehouse"
# Every table and view that the programs read, as the database knows it: a build replaces it and changes its number.
BUILT = """
select oid, relname from pg_class
where relnamespace::regnamespace::text in ('staging', 'intermediate', 'marts') and relkind in ('r', 'v') order by 1
"""
MARKS = "select xmin::text, * from intermediate.read_marks"
BUILDS = "select * from rollout.mart_builds order by mart"
OWN = """
ledgermind:
  target: dev
  outputs:
    dev:
      type: postgres
      host: "{host}"
      port: {port}
      user: "{user}"
      password: ""
      dbname: "{dbname}"
      schema: alice
      threads: 2
"""


def dbt(stack: Stack, *words: str, **variables: str) -> None:
    """Run dbt as a developer types it in ``warehouse/``, its artefacts elsewhere."""
    own = {"DBT_TARGET_PATH": str(stack.folder / "target"), "DBT_LOG_PATH": str(stack.folder / "logs")}
    done = subprocess.run(
        [str(Path(sys.executable).parent / "dbt"), *words],
        cwd=WAREHOUSE,
        env={name: value for name, value in os.environ.items() if not name.startswith("WAREHOUSE_")} | own | variables,
        capture_output=True,
        text=True,
        timeout=10 * patience_seconds(),
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2_000:]


def schemas(stack: Stack, beginning: str) -> list[str]:
    """Return the schemas with tables or views of a developer."""
    found = stack.sql(
        "select distinct table_schema::text from information_schema.tables where starts_with(table_schema, %s)",
        beginning,
    )
    return sorted(name for (name,) in found)


@pytest.mark.slow
@pytest.mark.promise(
    "`dbt build` in `warehouse/` writes into the schemas of the profile that it finds, and never into `staging`, "
    "`intermediate` and `marts`.",
    "docs/DATA_QUALITY.md",
)
def test_what_a_developer_builds_stands_beside_what_the_programs_read(stack: Stack) -> None:
    stack.succeed("warehouse", "build")
    before = [stack.sql(query) for query in (BUILT, MARKS, BUILDS)]
    assert all(before)
    server = conninfo_to_dict(stack.dsn)

    (stack.folder / "profiles.yml").write_text(OWN.format(**server))
    dbt(stack, "build", "--exclude-resource-type", "unit_test", DBT_PROFILES_DIR=str(stack.folder))
    assert schemas(stack, "alice") == ["alice_intermediate", "alice_marts", "alice_staging"]
    assert stack.sql("select model from alice_intermediate.read_marks where mark is not null")

    given = {f"WAREHOUSE_{name.upper()}": str(server[name]) for name in ("host", "port", "user", "dbname")}
    dbt(stack, "build", "--select", "stg_user_hints", **given)
    assert schemas(stack, "dbt_") == [f"dbt_{server['user']}_intermediate", f"dbt_{server['user']}_staging"]

    assert [stack.sql(query) for query in (BUILT, MARKS, BUILDS)] == before

"""The scheduled build: it outlives a Postgres that is away, says what it did, and ends with its children."""

import sys
import time
from pathlib import Path

import psycopg
import pytest

from ops.local.ports import free_port
from ops.local.process import start, stop
from ops.patience import scale, wait_for
from ops.rollout.sources.metrics_client import scrape
from ops.warehouse.migrate import migrate
from tests.conftest import Run
from tests.warehouse.conftest import named

pytestmark = [pytest.mark.warehouse, pytest.mark.timeout(600 * scale())]


@pytest.mark.slow
def test_a_build_that_fails_is_counted_and_tried_again_and_the_next_one_is_good(server: str, tmp_path: Path) -> None:
    """The database is not there at first: Postgres refuses the build until it is made."""
    port, log = free_port(), tmp_path / "service.log"
    service = start(
        [str(Path(sys.executable).parent / "ledgermind"), "warehouse", "build", "--every", "1s", "--port", str(port),
         "--select", "stg_user_hints", "--target", str(tmp_path / "dbt")],
        log=log, environment={"LEDGERMIND_POSTGRES_DSN": named(server, "scheduled")}, directory=tmp_path,
    )  # fmt: skip

    def counted(name: str, **labels: str) -> float:
        assert service.poll() is None, log.read_text()
        return scrape(f"http://127.0.0.1:{port}/metrics").total(f"lm_warehouse_{name}", **labels)

    try:
        wait_for(lambda: counted("builds_total", result="failure") >= 1, "a failed build", refusals=(OSError,))
        assert counted("build_success_seconds") == 0
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("create database scheduled")
        migrate(named(server, "scheduled"))
        wait_for(lambda: counted("builds_total", result="success") >= 2, "two good builds")
        assert counted("build_success_seconds") == pytest.approx(time.time(), abs=300)
        with psycopg.connect(named(server, "scheduled")) as connection:
            assert connection.execute("select count(*) from staging.stg_user_hints").fetchone() == (0,)
    finally:
        code = stop(service)
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("drop database if exists scheduled with (force)")
    assert code == 0
    said = log.read_text()
    assert "warehouse_built" in said
    assert "no Postgres answers" in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(["--every", "often"], "is not a duration: write 90s, 15m, 2h or 1d", id="no duration"),
        pytest.param(["--every", "0s"], "is not a duration", id="nothing"),
        pytest.param(
            ["--every", "1h", "--full-refresh"], "leave --full-refresh and --as-of out", id="from the first row"
        ),
        pytest.param(
            ["--every", "1h", "--as-of", "2026-01-01"], "leave --full-refresh and --as-of out", id="of the past"
        ),
    ],
)
def test_what_cannot_be_scheduled_is_one_line(ledgermind: Run, words: list[str], says: str) -> None:
    answer = ledgermind("warehouse", "build", *words, LEDGERMIND_POSTGRES_DSN="postgresql://127.0.0.1:1/none")
    assert answer.returncode != 0
    (line,) = answer.stderr.splitlines()
    assert says in line

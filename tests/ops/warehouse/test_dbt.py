"""How dbt is called and what its artefacts say."""

from pathlib import Path

import pytest

from ops.warehouse.dbt import DbtError, NodeResult, Warehouse, read_results, run_dbt


def test_the_profile_is_filled_from_the_dsn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGOPTIONS", raising=False)
    warehouse = Warehouse("postgresql://ann:secret@db.example:5433/money")
    assert warehouse.environment() == {
        "WAREHOUSE_HOST": "db.example",
        "WAREHOUSE_PORT": "5433",
        "WAREHOUSE_USER": "ann",
        "WAREHOUSE_DBNAME": "money",
        "DBT_ENV_SECRET_WAREHOUSE_PASSWORD": "secret",
        "WAREHOUSE_SCHEMA": "",
        "WAREHOUSE_THREADS": "4",
        "PGOPTIONS": "-c work_mem=64MB",
    }
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=1GB")
    assert warehouse.environment()["PGOPTIONS"] == "-c work_mem=1GB"


def test_a_dsn_that_is_none_is_said_in_one_line() -> None:
    with pytest.raises(DbtError, match="LEDGERMIND_POSTGRES_DSN"):
        Warehouse("nonsense").environment()


@pytest.mark.parametrize(
    ("unique_id", "name"),
    [
        ("model.ledgermind.dim_merchants", "dim_merchants"),
        ("test.ledgermind.no_zero_amount_in_training.1a2b", "no_zero_amount_in_training"),
        ("source.ledgermind.raw.transactions", "raw.transactions"),
    ],
)
def test_a_node_is_called_by_its_own_name(unique_id: str, name: str) -> None:
    assert NodeResult(unique_id, "pass").name == name


@pytest.mark.parametrize(("status", "failed"), [("pass", False), ("success", False), ("fail", True), ("error", True)])
def test_a_node_is_failed_by_its_status(status: str, failed: bool) -> None:
    assert NodeResult("test.ledgermind.x.1", status).is_failed is failed


def test_a_missing_artefact_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(DbtError, match="ledgermind warehouse build"):
        read_results(tmp_path / "run_results.json")


@pytest.mark.warehouse
def test_a_postgres_that_is_away_is_named_and_the_last_run_s_word_is_gone(tmp_path: Path) -> None:
    (tmp_path / "run_results.json").write_text("{}")
    with pytest.raises(DbtError, match="Connection refused"):
        run_dbt(Warehouse("postgresql://127.0.0.1:1/x", tmp_path), "build")
    assert not (tmp_path / "run_results.json").exists()

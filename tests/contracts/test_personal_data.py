"""The page of personal data names each table, topic and file of a release, and each topic's retention."""

import re
from functools import cache

import pytest

from schemas.contracts.topics import DAY_MS, TOPICS, TopicSpec
from scorer.release import manifest
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "PERSONAL_DATA.md"
MADE = re.compile(r"create table if not exists (\w+\.\w+)")
FILE = re.compile(r"[\w.]+\.(?:json|jsonl|npz|onnx|txt|md|html)")


@cache
def rows() -> dict[str, list[str]]:
    """Return the cells of each row of the page's tables by what stands first in it; a row may name several."""
    lines = [line.strip("|").split("|") for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    return {name: [cell.strip() for cell in cells] for cells in lines for name in re.findall(r"`([^`]+)`", cells[0])}


def tables() -> list[str]:
    migrations = sorted((ROOT / "warehouse" / "raw").glob("*.sql"))
    made = {name for path in migrations for name in MADE.findall(path.read_text())}
    models = {f"{path.parent.name}.{path.stem}" for path in (ROOT / "warehouse" / "models").rglob("*.sql")}
    return sorted(made | models | {"raw.migrations", "intermediate.read_marks"})  # made by code and by a macro


def files() -> list[str]:
    return sorted({value for value in vars(manifest).values() if isinstance(value, str) and FILE.fullmatch(value)})


@pytest.mark.parametrize("name", [*tables(), *files(), *(spec.name for spec in TOPICS)])
def test_the_page_says_what_it_holds_how_long_and_how_it_is_erased(name: str) -> None:
    assert name in rows(), f"{PAGE.name} has no row of {name}"
    assert len(rows()[name]) == 4
    assert all(rows()[name])


@pytest.mark.parametrize("spec", TOPICS, ids=lambda spec: spec.name)
def test_the_page_says_the_contract_s_retention(spec: TopicSpec) -> None:
    kept = "for ever" if spec.retention_ms is None else f"{spec.retention_ms // DAY_MS} days"
    assert kept in rows()[spec.name][2]


def test_the_page_names_nothing_that_is_not_there() -> None:
    known = {*tables(), *files(), *(spec.name for spec in TOPICS)}
    assert {
        name for name in rows() if re.fullmatch(r"(raw|rollout|erasure|staging|intermediate|marts)\.\w+", name)
    } <= known


def test_tables_and_files_are_found_at_all() -> None:
    assert {"raw.transactions", "erasure.forgotten_users", "marts.fct_suggestion_compare"} <= set(tables())
    assert {"priors.npz", "golden.jsonl", "manifest.json"} <= set(files())

"""The page of faults names metrics, alerts, runbooks and tests that exist, and every alert of stream and landing."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.contracts.test_metrics import exported
from tests.contracts.test_rules import alerts

PAGE = ROOT / "docs" / "FAULTS.md"
ROW = re.compile(r"^\| (?!fault |---)(.+?) \| .+? \| .+? \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
TEST = re.compile(r"\[(test_\w+)\]\(\.\./(tests/[\w/]+\.py)\)")
RUNBOOK = re.compile(r"\[(\w+)\]\(\.\./(ops/deploy/runbooks/(\w+)\.md)\)")
PROGRAMS = {"stream", "landing"}  # whose faults the page is about


@cache
def functions(path: Path) -> set[str]:
    """Return the names of a module's functions."""
    return {node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)}


def not_there(text: str) -> list[str]:
    """Return what a text names as a test and is none."""
    return [f"{path}::{name}" for name, path in TEST.findall(text) if name not in functions(ROOT / path)]


@pytest.mark.parametrize("row", ROW.findall(PAGE.read_text()), ids=lambda row: row[0])
def test_a_fault_names_what_exists(row: tuple[str, str, str, str]) -> None:
    _, metrics, shown, tests = row
    assert metrics == "none" or set(re.findall(r"`(\w+)`", metrics)) <= exported().keys()
    assert shown == "none" or RUNBOOK.findall(shown)
    for name, path, page in RUNBOOK.findall(shown):
        assert name == page
        assert (ROOT / path).exists()
        assert name in {alert["alert"] for alert in alerts()}
    assert TEST.findall(tests)
    assert not_there(tests) == []


def test_the_page_names_every_alert_of_stream_and_landing() -> None:
    named = {name for name, _, _ in RUNBOOK.findall(PAGE.read_text())}
    assert {alert["alert"] for alert in alerts() if alert["labels"]["program"] in PROGRAMS} - named == set()


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.stem)
def test_a_test_that_a_page_leads_to_exists(page: Path) -> None:
    assert not_there(page.read_text()) == []


def test_a_test_that_is_gone_is_found() -> None:
    assert not_there("[test_nobody_wrote](../tests/contracts/test_faults.py)") == [
        "tests/contracts/test_faults.py::test_nobody_wrote"
    ]

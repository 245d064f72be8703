"""The worker's metrics as an operator's browser shows them, while transactions flow through a model that serves."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from tests.e2e.chromium import browser, dump
from tests.promises.events import payment
from tests.promises.passed_release import write_passed_release
from tests.promises.program import Program
from tests.promises.stack import Stack

pytestmark = pytest.mark.integration
# Control says Dining of what the model knows as a grocer, and Groceries as the model does.
RULES = """
name: two-grocers
version: "1.0"
rules:
  - {id: other, category: Dining, priority: 90, confidence: 0.9, when: {merchant: tesco}}
  - {id: same, category: Groceries, priority: 90, confidence: 0.9, when: {merchant: asda}}
"""
SIX = {
    "lm_ml_predictions_total": {"source", "arm"},
    "lm_ml_fallback_total": {"reason"},
    "lm_ml_predict_requests_total": {"available"},
    "lm_ml_predict_latency_seconds_bucket": {"role", "le"},
    "lm_suggest_compare_total": {"outcome", "arm"},
    "lm_ml_model_info": {"model_version", "role"},
}
REASONS = {"low_confidence", "unavailable", "error", "timeout", "rule_doubted"}
OF_EACH = 20

Samples = dict[str, dict[frozenset[tuple[str, str]], float]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for the browser; skips where there is none."""
    browser()
    return tmp_path_factory.mktemp("browser")


@pytest.fixture(scope="module")
def worker(stack: Stack, folder: Path) -> Iterator[Program]:
    """Return a worker that serves a model to everybody."""
    version = write_passed_release(stack.registry)
    (stack.folder / "rules.yml").write_text(RULES)
    stack.succeed("rollout", "init", "--canary", version, SUGGEST_USE_MODEL_CANARY="100")
    with stack.worker(LEDGERMIND_WORKER_RULES_FILE=str(stack.folder / "rules.yml")) as running:
        yield running


@pytest.fixture(scope="module")
def pages(stack: Stack, worker: Program, folder: Path) -> tuple[Samples, Samples]:
    """Return what the page shows before and after transactions of every kind have flowed."""
    before = shown(worker, folder)
    wordings = ("TESCO 3021", "ASDA 1182", "ZXQV WRRGH 77", "SHELL 4417")
    stack.score(payment(4 * n + k, wordings[k]) for n in range(OF_EACH) for k in range(len(wordings)))
    return before, shown(worker, folder)


def shown(worker: Program, folder: Path) -> Samples:
    """Return every sample that the browser shows, by name and labels."""
    text = unescape(re.sub(r"<[^>]+>", "", dump(f"{worker.url}/metrics", directory=folder)))
    found: Samples = {}
    for name, labels, value in re.findall(r"^([a-z_]+)(?:\{(.*)\})? (\S+)$", text, re.MULTILINE):
        pairs = frozenset(re.findall(r'([a-z_]+)="([^"]*)"', labels))
        found.setdefault(name, {})[pairs] = float(value)
    return found


def added(pages: tuple[Samples, Samples], name: str, label: str) -> dict[str, float]:
    """Return what was added to a metric by the values of one label."""
    before, after = pages
    sums: dict[str, float] = {}
    for pairs, value in after[name].items():
        sums[dict(pairs)[label]] = sums.get(dict(pairs)[label], 0.0) + value - before[name].get(pairs, 0.0)
    return {value: count for value, count in sums.items() if count}


def test_the_page_shows_the_six_metrics_of_the_model_with_their_labels(pages: tuple[Samples, Samples]) -> None:
    _, after = pages
    assert {name: {label for pairs in after[name] for label, _ in pairs} for name in SIX} == SIX


def test_predictions_move_by_source_when_transactions_flow(pages: tuple[Samples, Samples]) -> None:
    moved = added(pages, "lm_ml_predictions_total", "source")
    assert sum(moved.values()) == 4 * OF_EACH
    assert moved["model"] >= 2 * OF_EACH
    assert "none" in moved


def test_reasons_of_a_fallback_appear_and_come_from_the_closed_list(pages: tuple[Samples, Samples]) -> None:
    before, _ = pages
    assert {dict(pairs)["reason"] for pairs in before["lm_ml_fallback_total"]} == REASONS
    assert added(pages, "lm_ml_fallback_total", "reason")["low_confidence"] >= OF_EACH


def test_the_histogram_of_the_model_s_latency_fills(pages: tuple[Samples, Samples]) -> None:
    by_bound = added(pages, "lm_ml_predict_latency_seconds_bucket", "le")
    bounds = sorted(by_bound, key=float)
    assert bounds[-1] == "+Inf"
    assert by_bound["+Inf"] == 4 * OF_EACH
    assert [by_bound[bound] for bound in bounds] == sorted(by_bound.values())


def test_comparisons_count_agreement_and_disagreement(pages: tuple[Samples, Samples]) -> None:
    outcomes = added(pages, "lm_suggest_compare_total", "outcome")
    assert outcomes["agree"] >= OF_EACH
    assert outcomes["disagree"] >= OF_EACH
    assert sum(outcomes.values()) == 4 * OF_EACH

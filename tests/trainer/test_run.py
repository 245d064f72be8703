"""A training from a table to the registry: what is judged, what is served, and what a champion is compared by."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from schemas.events.transaction import Channel, Transaction
from schemas.taxonomy import Category
from scorer.release.manifest import CARD
from tests.support.small_dataset import DOCUMENTS, VOCABULARY
from trainer import run
from trainer.dataset.from_transactions import build_table
from trainer.dataset.table import TrainingTable
from trainer.evaluation.champion_comparison import compare_with_champion
from trainer.evaluation.gate import MAX_LOSS
from trainer.fit.train import SEED
from trainer.release.judged import judged_model
from trainer.release.registry import Registry
from trainer.run import TrainingRequest, train_release

FIRST = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 364
ROWS = 2_400
A_BRANCH = 16  # rows while one branch is open
A_WEEK = timedelta(days=7)
LAST = FIRST + timedelta(days=DAYS)
CATEGORIES = (
    Category("Groceries"),
    Category("Dining"),
    Category("Fuel & Auto"),
    Category("Travel"),
    Category("Utilities & Telecom"),
)
SYLLABLES = ("ba", "ko", "mi", "ru", "ta", "ve", "lo", "ni", "pa", "su", "dre", "gul")


def purchases() -> TrainingTable:
    """Return a year of purchases in ten shops that stay, and in branches that change: only a label tells of one."""
    dice = np.random.default_rng(11)
    shops = ["".join(dice.choice(SYLLABLES, size=3)) for _ in range(10)]
    rows, labels = [], []
    for number in range(ROWS):
        place, branch = int(dice.integers(len(shops))), number // A_BRANCH
        name, category = shops[place], place % len(CATEGORIES)
        if dice.random() < 0.5:
            name = f"corner shop {1_000 + branch}"
            category = 0 if branch % 2 else 1 + branch // 2 % (len(CATEGORIES) - 1)
        rows.append(
            Transaction(
                schema_version="1.0",
                txn_id=f"t{number:05d}",
                user_id=f"u{number % 40}",
                account_id="a",
                occurred_at=FIRST + timedelta(minutes=number * DAYS * 1_440 // ROWS),
                amount=f"-{dice.lognormal(3, 0.5):.2f}",
                currency="GBP",
                description=name.upper(),
                channel=Channel.POS,
            )
        )
        labels.append(CATEGORIES[category].value)
    return build_table(rows, labels, vocabulary=VOCABULARY, label_delay_seconds=3_600)


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """Return an empty registry, for trainings that know the small vocabulary."""
    monkeypatch.setattr(run, "read_vocabulary", lambda: (VOCABULARY, DOCUMENTS))
    return Registry(str(tmp_path / "registry"))


def train(table: TrainingTable, as_of: datetime, registry: Registry, *, champion: str | None = None) -> str:
    """Train on what was known at a time; return the version of the release."""
    until = int(as_of.timestamp())
    known = table.rows((table.occurred_at < until) & (table.observed_at < until))
    return train_release(known, TrainingRequest(as_of=as_of, champion=champion), registry).manifest.model_version


def test_the_same_recipe_retrained_a_week_later_neither_wins_nor_is_refused(registry: Registry) -> None:
    table = purchases()
    champion = train(table, LAST - A_WEEK, registry)
    again = train(table, LAST, registry, champion=champion)
    loaded = registry.load(champion)
    assert loaded.manifest.is_refitted
    reasons = registry.load(again).manifest.gate.reasons
    assert not [reason for reason in reasons if "champion" in reason]
    line = re.search(rf"Against the champion: {champion}: macro-F1 (\S+), at least (\S+)", card(registry, again))
    assert line is not None
    difference, lower_bound = map(float, line.groups())
    assert lower_bound <= 0.0 <= difference + MAX_LOSS
    assert lower_bound > -MAX_LOSS

    # What its users are served has learned these rows, and would win against whatever had not.
    files = registry.read(again)
    gate_from = registry.load(again).manifest.folds.gate.first_day
    seen = (table.occurred_at >= int(datetime.fromisoformat(gate_from).replace(tzinfo=UTC).timestamp())) & (
        table.observed_at < int(LAST.timestamp())
    )
    gate = table.rows(seen)
    ours, served = (
        model.raw(gate.descriptors, gate.numeric).scores.argmax(axis=1)
        for model in (judged_model(registry.load(again), files), loaded.model)
    )
    unfair = compare_with_champion("served", champion=served, best=ours, labels=gate.labels, keys=gate.keys, seed=SEED)
    assert unfair.lower_bound <= -MAX_LOSS


def test_the_served_model_knows_what_came_after_the_judged_one_was_fitted(registry: Registry) -> None:
    version = train(purchases(), LAST, registry)
    loaded, files = registry.load(version), registry.read(version)
    assert loaded.manifest.served_rows.rows > loaded.manifest.folds.train.rows
    served, judged = loaded.model.priors.support.sum(), judged_model(loaded, files).priors.support.sum()
    assert served > 1.2 * judged > 0


def card(registry: Registry, version: str) -> str:
    """Return the card of a release."""
    return registry.read(version)[CARD].decode()

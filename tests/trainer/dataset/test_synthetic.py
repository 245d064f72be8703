"""Invented rows: before the real ones, without a history, lighter the more real ones there are, never served alone."""

import uuid
from datetime import timedelta

import numpy as np
import pytest

from ops.training import train
from ops.training.train import bootstrap_release
from rules.load import load_rules
from scorer.release.manifest import CARD, CARD_PAGE
from streams.rollout.release_model import ReleaseModel
from tests.support.small_dataset import AS_OF, DOCUMENTS, VOCABULARY, folds, table, transactions
from trainer.dataset.merchant_priors import priors_at_cutoff
from trainer.dataset.synthetic import (
    REAL_ROWS_WITHOUT_SYNTHETIC,
    SYNTHETIC_TOTAL_WEIGHT,
    SyntheticRows,
    add_synthetic,
    drop_merchant_keys,
    make_synthetic_rows,
    synthetic_weight,
)
from trainer.dataset.table import TrainingTable
from trainer.errors import PromotionRefused
from trainer.release.promote import promote
from trainer.release.registry import Registry
from trainer.run import TrainingRequest


def made_up() -> SyntheticRows:
    rows, labels = transactions(900, seed=21)
    return make_synthetic_rows(rows, labels, DOCUMENTS, vocabulary=VOCABULARY, seed=1)


def synthetic() -> TrainingTable:
    return made_up().table


def test_an_invented_row_weighs_less_the_more_real_ones_there_are() -> None:
    weights = [
        synthetic_weight(real, 40_000)
        for real in (0, 100, 500, 4_000, REAL_ROWS_WITHOUT_SYNTHETIC - 1, REAL_ROWS_WITHOUT_SYNTHETIC)
    ]
    assert weights == sorted(weights, reverse=True)
    assert (weights[0], weights[-1]) == (1.0, 0.0)
    assert weights[1] * 40_000 <= SYNTHETIC_TOTAL_WEIGHT
    assert synthetic_weight(10, 0) == 0.0


def test_every_name_of_the_vocabulary_is_a_row_in_the_clothes_of_its_category() -> None:
    made, (rows, labels) = synthetic(), transactions(900, seed=21)
    named = [place for place, txn_id in enumerate(made.txn_ids) if txn_id.startswith("word-")]
    assert len(made) == len(rows) + len(named)
    assert len(named) == len(set(DOCUMENTS))
    amounts = {
        label: {row.amount for row, of in zip(rows, labels, strict=True) if of == label} for label in set(labels)
    }
    assert amounts.keys() == {"Groceries", "Dining", "Fuel & Auto", "Travel", "Utilities & Telecom"}
    assert set(made.written) == {""}
    assert not made.prior.any()
    assert not made.support.any()


def test_mixed_rows_stand_before_the_real_ones_and_give_no_merchant_a_history() -> None:
    real = folds().train
    mixed, count = add_synthetic(real, synthetic()), len(synthetic())
    assert len(mixed) == len(real) + count
    assert (np.diff(mixed.occurred_at) >= 0).all()
    assert mixed.observed_at[:count].max() < real.occurred_at[0]
    assert mixed.weights[:count].max() < mixed.weights[count:].min()
    cut_off = folds().boundaries.calibrate_from
    alone = priors_at_cutoff(real.keys, real.labels, observed_at=real.observed_at, cut_off=cut_off)
    together = priors_at_cutoff(mixed.keys, mixed.labels, observed_at=mixed.observed_at, cut_off=cut_off)
    assert together.keys == alone.keys
    assert (together.support == alone.support).all()


def test_forgotten_merchants_leave_everything_else() -> None:
    forgotten = drop_merchant_keys(table())
    assert set(forgotten.keys) == {""}
    assert forgotten.norms == table().norms


def test_a_first_release_is_marked_and_may_only_run_in_shadow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "synthetic_history", lambda **_: made_up())  # fewer rows, for the time they take
    registry = Registry(f"memory://{uuid.uuid4().hex}")
    made = bootstrap_release(
        "postgresql://127.0.0.1:1/none", TrainingRequest(as_of=AS_OF), registry, rules=load_rules(None)
    )
    manifest = made.release.manifest
    assert made.unrecorded is not None  # who begins may have no warehouse
    assert manifest.bootstrap is not None
    assert (manifest.gate.verdict, manifest.bootstrap.real_rows) == ("INCONCLUSIVE", 0)
    assert "synthetic rows" in manifest.gate.reasons[0]
    assert "the rules answer" in registry.read(manifest.model_version)[CARD].decode()
    assert "Cold start" in registry.read(manifest.model_version)[CARD_PAGE].decode()
    assert not registry.load(manifest.model_version).model.priors.keys
    assert registry.load(manifest.model_version).thresholds.rule_floor is None  # invented rows prove nothing of rules
    assert not ReleaseModel(registry.load(manifest.model_version)).may_serve
    with pytest.raises(PromotionRefused, match="INCONCLUSIVE"):
        promote(registry, manifest.model_version, actor="a", reason="r", now=AS_OF + timedelta(days=1))

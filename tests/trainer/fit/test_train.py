"""Training: deterministic, calibrated on its own fold, never worse than its text, the same when served."""

import numpy as np

from schemas.taxonomy import CATEGORIES
from schemas.text.descriptor import build_descriptor
from scorer.release.release import build_release
from tests.support.small_dataset import (
    DOCUMENTS,
    VOCABULARY,
    folds,
    provenance,
    release,
    table,
    trained,
    transactions,
)
from trainer.evaluation.evaluate import log_loss
from trainer.evaluation.gate_mode import GateMode
from trainer.fit.gbm import raw_scores
from trainer.fit.train import train
from trainer.release.build import release_files


def test_the_same_table_and_seed_give_the_same_bytes() -> None:
    again = train(folds(), vocabulary=VOCABULARY, documents=DOCUMENTS, mode=GateMode.STRICT)
    version, files = release_files(again, provenance())
    assert version == release()[0]
    assert files == release()[1]


def test_the_model_learns_what_can_be_learnt() -> None:
    assert trained().slices[0].macro_f1 > 0.9
    assert trained().slices[0].accuracy > 0.9


def test_the_trees_are_no_worse_than_the_text_alone() -> None:
    gate, model = folds().gate, trained().model
    features = model.features(gate.descriptors, gate.numeric)
    text = np.exp(features[:, : len(CATEGORIES)].astype(np.float64))
    text /= text.sum(axis=1, keepdims=True)
    whole = model.calibration.apply(model.raw(gate.descriptors, gate.numeric))
    assert log_loss(whole, gate.labels) <= log_loss(text, gate.labels) + 0.01


def test_onnx_runtime_and_lightgbm_agree_on_every_row() -> None:
    gate, model = folds().gate, trained().model
    features = model.features(gate.descriptors, gate.numeric)
    assert np.abs(model.trees.raw(features) - raw_scores(trained().booster_text, features)).max() < 1e-5


def test_serving_answers_as_the_trainer_measured() -> None:
    rows, _ = transactions()
    order = {txn_id: place for place, txn_id in enumerate(table().txn_ids)}
    gate = folds().gate
    served = [row for row in rows if row.txn_id in set(gate.txn_ids)]
    served.sort(key=lambda row: order[row.txn_id])
    answers = build_release(release()[1], name="x").answer(served, [build_descriptor(row) for row in served])
    model = trained().model
    measured = model.calibration.apply(model.raw(gate.descriptors, gate.numeric))
    assert np.abs(answers.probabilities - measured).max() < 1e-6


def test_a_category_without_labels_is_never_the_answer() -> None:
    gate, model = folds().gate, trained().model
    best = model.raw(gate.descriptors, gate.numeric).scores.argmax(axis=1)
    assert set(best.tolist()) <= set(folds().train.labels.tolist())


def test_what_is_withheld_is_missed_and_what_does_not_matter_is_not() -> None:
    whole, *others = trained().ablation
    by_kind = {item.kind: item.macro_f1 for item in others}
    assert whole.macro_f1 == trained().slices[0].macro_f1
    assert by_kind["channel"] == whole.macro_f1  # every row has the same
    assert by_kind["amount and time"] < whole.macro_f1  # nothing else tells the two kinds of corner shop apart
    assert "Ablation by feature group" in release()[1]["card.html"].decode()

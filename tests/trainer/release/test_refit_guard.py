"""A refit is served beside what was judged, is verified from scores of rows that nobody had learned, or is refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from scorer.errors import ReleaseError
from scorer.model.arrays import pack, unpack
from scorer.model.threshold_setting import MUTED
from scorer.release.manifest import (
    CALIBRATION,
    CARD,
    JUDGED_CALIBRATION,
    JUDGED_FILES,
    JUDGED_TEXT,
    MANIFEST,
    OUT_OF_FOLD,
    THRESHOLDS,
    read_manifest,
)
from scorer.release.release import build_release
from tests.support.corrupt_releases import Files, resealed, with_json, without
from tests.support.refitted_release import known, refitted, refitted_on, refitted_release, trained_and_refitted
from tests.support.small_dataset import folds, provenance, release, trained
from trainer.fit.refit import with_refit
from trainer.release.build import release_files
from trainer.release.judged import judged_model
from trainer.release.refit_guard import check_refit
from trainer.release.verify import VerificationOutcome, verify


def test_the_manifest_names_what_judged_and_what_taught_the_served_model() -> None:
    manifest = read_manifest(refitted_release()[1][MANIFEST])
    assert manifest.refit is not None
    assert manifest.is_refitted
    assert manifest.folds == folds().describe()
    assert manifest.served_rows.rows == len(known()) > manifest.folds.train.rows
    assert manifest.served_rows.last_day == manifest.folds.gate.last_day
    held = manifest.refit.calibrated_on
    assert held == manifest.folds.calibrate


def test_a_release_without_a_refit_serves_what_was_judged() -> None:
    manifest = read_manifest(release()[1][MANIFEST])
    assert not manifest.is_refitted
    assert manifest.served_rows == manifest.folds.train
    assert not set(JUDGED_FILES) & set(release()[1])


def test_the_gate_and_every_measure_are_those_of_the_judged_model() -> None:
    served, judged = (read_manifest(files[MANIFEST]) for _, files in (refitted_release(), release()))
    assert served.metrics == judged.metrics
    assert served.gate.verdict == judged.gate.verdict


def test_what_is_served_is_calibrated_and_accepted_as_the_judged_model_was() -> None:
    served, judged = (
        build_release(files, name=name, expected_version=name) for name, files in (refitted_release(), release())
    )
    assert served.model.calibration == judged.model.calibration
    assert served.thresholds.by_category == judged.thresholds.by_category
    assert served.thresholds.rule_floor == judged.thresholds.rule_floor


def test_the_release_keeps_the_judged_model_beside_the_served_one() -> None:
    version, files = refitted_release()
    loaded = build_release(files, name=version, expected_version=version)
    gate = folds().gate
    judged = judged_model(loaded, files).raw(gate.descriptors, gate.numeric).scores
    assert np.array_equal(judged, trained().model.raw(gate.descriptors, gate.numeric).scores)
    assert not np.array_equal(judged, loaded.model.raw(gate.descriptors, gate.numeric).scores)


def test_a_refitted_release_is_sound_and_is_the_same_twice() -> None:
    version, files = refitted_release()
    assert verify(files, name=version).faults == ()
    again = with_refit(trained(), refitted_on(known()), check_refit(trained(), refitted(), known()))
    assert release_files(again, provenance()) == (version, files)


def test_the_card_says_what_was_judged_and_what_is_served() -> None:
    card = refitted_release()[1][CARD].decode()
    assert f"{len(known()):,} rows; every measure on this card is of the judged model" in card
    assert "that of the judged model, as its thresholds and rule floor are" in card
    assert "that of the judged model, as its thresholds" not in release()[1][CARD].decode()


def learnt_from(files: Files) -> Files:
    """Return the files whose out-of-fold rows begin before the train fold ends."""
    fields = json.loads(files[MANIFEST])["refit"]
    fields["calibrated_on"]["first_day"] = "2025-02-01"
    return with_json(resealed(files, refit=fields), CALIBRATION, fitted_from="2025-02-01")


def in_favour(files: Files) -> Files:
    """Return the files whose thresholds are lower than what the rows prove."""
    by_category = json.loads(files[THRESHOLDS])["by_category"]
    first = next(name for name, threshold in by_category.items() if threshold["rows"] and threshold["value"] <= 1)
    by_category[first]["value"] = 0.01
    return with_json(files, THRESHOLDS, by_category=by_category)


def relabelled(files: Files) -> Files:
    """Return the files whose out-of-fold rows have the labels that the model gave them."""
    arrays = unpack(files[OUT_OF_FOLD], ())
    return resealed(files | {OUT_OF_FOLD: pack(**arrays | {"labels": arrays["scores"].argmax(axis=1)})})


def fewer(files: Files) -> Files:
    """Return the files without the newest of the out-of-fold rows."""
    arrays = unpack(files[OUT_OF_FOLD], ())
    return resealed(files | {OUT_OF_FOLD: pack(**{name: array[:-50] for name, array in arrays.items()})})


def with_floor(files: Files, value: float) -> Files:
    """Return the files with a rule floor; the out-of-fold rows say that rules answered what the labels are."""
    arrays = unpack(files[OUT_OF_FOLD], ())
    rows = folds().calibrate
    asked = {
        "rules": rows.labels,
        "is_override": np.zeros(len(rows), dtype=np.bool_),
        "is_counted": np.ones(len(rows), dtype=np.bool_),
    }
    asked_too = files | {OUT_OF_FOLD: pack(**arrays | asked)}
    return with_json(asked_too, THRESHOLDS, rule_floor={"value": value})


def test_a_rule_floor_that_the_out_of_fold_scores_give_is_sound() -> None:
    """The small past has too few merchants for any floor to be proven."""
    version, files = refitted_release()
    assert verify(with_floor(dict(files), MUTED), name=version).faults == ()


WORKERS_NOTICE = [
    ("no judged model", lambda f: resealed(without(f, JUDGED_TEXT)), f"{JUDGED_TEXT}: is missing"),
    ("out-of-fold rows that were learned", learnt_from, "its out-of-fold rows begin before the train fold ends"),
    (
        "served calibration of other rows",
        lambda f: with_json(f, CALIBRATION, fitted_to="2026-01-14"),
        "calibration: was fitted on other rows than the out-of-fold ones",
    ),
]
VERIFY_NOTICES = [
    (
        "judged calibration fitted on gate rows",
        lambda f: with_json(f, JUDGED_CALIBRATION, fitted_to="2026-01-01"),
        "judged calibration: was fitted on rows of the gate fold",
    ),
    ("another calibration", relabelled, "calibration: is not the one that the out-of-fold scores give"),
    ("lower thresholds", in_favour, "are not what the out-of-fold scores give"),
    ("a lower rule floor", lambda f: with_floor(f, 0.3), "rule floor: 0.3 is not the 2.0 that the out-of-fold scores"),
    (
        "a rule floor and nothing that the rules answered",
        lambda f: with_json(f, THRESHOLDS, rule_floor={"value": 0.3}),
        f"{OUT_OF_FOLD}: holds no answers of the rules",
    ),
    (
        "thresholds of an earlier version",
        lambda f: with_json(f, THRESHOLDS, confidence=None),
        "an earlier version chose them, whose bounds do not hold; train a release again",
    ),
    ("expected fallback", lambda f: resealed(f, expected_fallback=0.5), "expected fallback 0.500 is not the"),
    ("fewer rows", fewer, f"{OUT_OF_FOLD}: holds other rows"),
    ("a judged text that is none", lambda f: resealed(f | {JUDGED_TEXT: b"no"}), "its judged model cannot be read"),
    ("scores that are none", lambda f: resealed(f | {OUT_OF_FOLD: b"no"}), f"{OUT_OF_FOLD}: it is not a readable"),
]


@pytest.mark.parametrize(
    ("damage", "says"),
    [pytest.param(damage, says, id=name) for name, damage, says in (*WORKERS_NOTICE, *VERIFY_NOTICES)],
)
def test_a_refitted_release_that_lies_is_found_broken(damage: Callable[[Files], Files], says: str) -> None:
    version, files = refitted_release()
    finding = verify(damage(dict(files)), name=version)
    assert finding.outcome is VerificationOutcome.BROKEN
    assert any(says in fault for fault in finding.faults), finding.faults


@pytest.mark.parametrize(
    ("damage", "says"), [pytest.param(damage, says, id=name) for name, damage, says in WORKERS_NOTICE]
)
def test_workers_refuse_what_they_can_tell(damage: Callable[[Files], Files], says: str) -> None:
    version, files = refitted_release()
    with pytest.raises(ReleaseError, match=says):
        build_release(damage(dict(files)), name=version)


def test_a_refit_that_learned_wrong_labels_is_refused_and_the_judged_model_is_served() -> None:
    dice = np.random.default_rng(5)
    wrong = refitted_on(replace(known(), labels=dice.permutation(known().labels)))
    report = check_refit(trained(), wrong, known())
    assert not report.is_served
    assert any("on rows that it learned" in reason for reason in report.refused), report
    version, files = release_files(with_refit(trained(), wrong, report), provenance())
    assert verify(files, name=version).faults == ()
    manifest = read_manifest(files[MANIFEST])
    assert manifest.served_rows == manifest.folds.train
    assert manifest.refit is not None
    assert manifest.refit.refused == report.refused
    loaded = build_release(files, name=version, expected_version=version)
    assert judged_model(loaded, files) is loaded.model
    assert np.array_equal(loaded.model.text.weights, trained().model.text.weights)
    assert f"the refit was refused, since {report.refused[0]}" in files[CARD].decode()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"ece": 0.06}, "calibration error 0.060 on 6,000 out-of-fold rows is above 0.05"),
        ({"learnt_log_loss": 9.0}, "log-loss 9.000 on rows that it learned"),
        ({"learnt_log_loss": float("nan")}, "log-loss nan on rows that it learned"),
    ],
    ids=["miscalibrated", "worse", "not a number"],
)
def test_a_refit_is_refused_for_what_was_measured(changed: dict[str, Any], says: str) -> None:
    whole, *others = trained().slices
    many = replace(trained(), slices=(replace(whole, rows=6_000), *others))
    assert check_refit(many, refitted(), known()).refused == ()
    (refused,) = check_refit(many, replace(refitted(), **changed), known()).refused
    assert says in refused


def test_a_refit_that_answers_the_golden_rows_otherwise_is_refused() -> None:
    backwards = replace(refitted().model, text=replace(refitted().model.text, weights=-refitted().model.text.weights))
    report = check_refit(trained(), replace(refitted(), model=backwards), known())
    assert any("golden rows" in reason for reason in report.refused), report


def test_drift_is_held_against_merchants_that_were_known_when_the_gate_fold_began() -> None:
    fold = trained_and_refitted().scored_fold
    assert refitted().gate_is_known.mean() >= fold.is_known.mean()

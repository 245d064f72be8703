"""The compiled library gives the scores of ONNX Runtime bit for bit, and leaves to it whatever has another form."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.taxonomy import CATEGORIES
from scorer.features.features import FEATURE_NAMES
from scorer.model import compiled as found
from scorer.model import gbm
from scorer.model.compiled import engine, library
from scorer.model.ensemble import MAX_LEAVES, Ensemble, read_ensemble
from scorer.model.gbm import Trees, load_trees
from trainer.fit.gbm import BoosterSize, fit_booster
from trainer.fit.gbm_onnx import to_onnx

WIDTH, COUNT = len(FEATURE_NAMES), len(CATEGORIES)
ODD = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, np.finfo(np.float32).tiny], np.float32)

compiled = pytest.mark.skipif(library() is None, reason="bit_vectors.c was not compiled: make setup found no compiler")


def fitted(leaves: int) -> bytes:
    """Return the ONNX file of a booster over features with few distinct values, so that thresholds are met exactly."""
    draw = np.random.default_rng(leaves)
    features = draw.integers(-9, 9, size=(3_000, WIDTH)).astype(np.float32) / np.float32(2)
    labels = (features[:, 0] * 2 + features[:, 1]).astype(np.int64) % COUNT
    start = np.zeros((len(features), COUNT), np.float32)
    booster = fit_booster(
        features, labels, np.ones(len(features)), start, seed=1, size=BoosterSize(rounds=4, leaves=leaves)
    )
    return to_onnx(booster)


@pytest.fixture(scope="module")
def content() -> bytes:
    return fitted(leaves=12)


@pytest.fixture(scope="module")
def trees(content: bytes) -> Trees:
    return load_trees(content)


def ensemble(content: bytes) -> Ensemble:
    return read_ensemble(content, features=WIDTH, classes=COUNT)


def some_features(rows: int, seed: int) -> npt.NDArray[np.float32]:
    """Return rows whose values are often thresholds themselves, and sometimes none that a number line has."""
    draw = np.random.default_rng(seed)
    features = draw.integers(-20, 20, size=(rows, WIDTH)).astype(np.float32) / np.float32(4)
    odd = draw.random(features.shape) < 0.05
    features[odd] = draw.choice(ODD, odd.sum())
    return features


@compiled
@given(rows=st.integers(0, 70), seed=st.integers(0, 2**32 - 1))
def test_scores_are_those_of_onnx_runtime_to_the_last_bit(trees: Trees, rows: int, seed: int) -> None:
    features = some_features(rows, seed)
    assert trees.bit_vectors is not None
    np.testing.assert_array_equal(trees.raw(features), replace(trees, bit_vectors=None).raw(features), strict=True)


@compiled
def test_features_that_do_not_lie_row_by_row_are_read_in_order(trees: Trees) -> None:
    features = some_features(40, seed=1)
    np.testing.assert_array_equal(trees.raw(np.asfortranarray(features)[::2]), trees.raw(features[::2].copy()))


@compiled
def test_features_of_another_width_are_refused_before_memory_is_read(trees: Trees) -> None:
    with pytest.raises(ValueError, match="not \\[rows,"):
        trees.raw(some_features(3, seed=1)[:, 1:])


@compiled
def test_trees_of_more_leaves_than_a_word_has_bits_are_left_to_onnx_runtime() -> None:
    many = load_trees(fitted(leaves=MAX_LEAVES + 1))
    assert many.bit_vectors is None
    assert many.raw(some_features(3, seed=1)).shape == (3, COUNT)


def test_source_and_caller_are_of_one_version() -> None:
    source = (Path(found.__file__).parent / "bit_vectors.c").read_text()
    assert f"bit_vectors_version(void) {{ return {found.VERSION}; }}" in source


@compiled
def test_a_library_that_was_compiled_from_another_version_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found, "VERSION", 0)
    assert library.__wrapped__() is None


def test_without_the_library_onnx_runtime_scores(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gbm, "library", lambda: None)
    assert load_trees(content).bit_vectors is None


def test_the_engine_is_named() -> None:
    assert engine() == ("onnxruntime" if library() is None else "bit_vectors")


Columns = dict[str, onnx.AttributeProto]


def a_node_twice(columns: Columns) -> None:
    columns["nodes_nodeids"].ints[1] = 0


def a_circle(columns: Columns) -> None:
    columns["nodes_truenodeids"].ints[0] = 0


def a_shared_child(columns: Columns) -> None:
    columns["nodes_truenodeids"].ints[0] = columns["nodes_falsenodeids"].ints[0]


def a_child_that_is_missing(columns: Columns) -> None:
    columns["nodes_falsenodeids"].ints[0] = 9_999


def a_feature_that_does_not_exist(columns: Columns) -> None:
    columns["nodes_featureids"].ints[0] = WIDTH


def a_negative_feature(columns: Columns) -> None:
    columns["nodes_featureids"].ints[0] = -1


def a_threshold_that_is_no_number(columns: Columns) -> None:
    columns["nodes_values"].floats[0] = float("nan")


def another_test(columns: Columns) -> None:
    columns["nodes_modes"].strings[0] = b"BRANCH_LT"


def a_class_that_does_not_exist(columns: Columns) -> None:
    columns["target_ids"].ints[0] = COUNT


def a_tree_of_two_classes(columns: Columns) -> None:
    columns["target_ids"].ints[0] = (columns["target_ids"].ints[0] + 1) % COUNT


def a_leaf_with_two_values(columns: Columns) -> None:
    columns["target_nodeids"].ints[1] = columns["target_nodeids"].ints[0]


def a_column_that_is_short(columns: Columns) -> None:
    del columns["nodes_values"].floats[-1]


def more_scores(columns: Columns) -> None:
    columns["n_targets"].i = COUNT + 1


def another_attribute(columns: Columns) -> None:
    columns["n_targets"].name = "post_transform"


BREAKS = (
    a_node_twice, a_circle, a_shared_child, a_child_that_is_missing, a_feature_that_does_not_exist, a_negative_feature,
    a_threshold_that_is_no_number, another_test, a_class_that_does_not_exist, a_tree_of_two_classes,
    a_leaf_with_two_values, a_column_that_is_short, more_scores, another_attribute,
)  # fmt: skip


@pytest.mark.parametrize("break_", BREAKS, ids=lambda one: one.__name__.replace("_", " "))
def test_trees_of_another_form_are_refused(content: bytes, break_: Callable[[Columns], None]) -> None:
    assert len(ensemble(content).tree_class)
    model = onnx.load_model_from_string(content)
    break_({attribute.name: attribute for attribute in model.graph.node[0].attribute})
    with pytest.raises(ValueError, match=r"."):
        ensemble(model.SerializeToString())

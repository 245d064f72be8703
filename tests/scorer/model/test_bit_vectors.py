"""The compiled library gives the scores of ONNX Runtime bit for bit, and leaves to it whatever has another form."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import lightgbm
import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.taxonomy import CATEGORIES
from scorer.features.features import FEATURE_NAMES
from scorer.model import compiled as found
from scorer.model import gbm
from scorer.model.bit_vectors import LANES
from scorer.model.compiled import engine, library
from scorer.model.ensemble import MAX_LEAVES, Ensemble, read_ensemble
from scorer.model.gbm import Trees, load_trees
from tests.scorer.model.odd_features import odd_features, plain_features
from trainer.fit.gbm import PARAMETERS, BoosterSize, fit_booster, raw_scores
from trainer.fit.gbm_onnx import to_onnx

WIDTH, COUNT = len(FEATURE_NAMES), len(CATEGORIES)
MUTATIONS = os.environ.get("LEDGERMIND_MUTATIONS", "200")

compiled = pytest.mark.skipif(library() is None, reason="bit_vectors.c was not compiled: make setup found no compiler")


def fitted(leaves: int) -> bytes:
    """Return the ONNX file of a booster of trees of so many leaves."""
    return to_onnx(booster(BoosterSize(rounds=4, leaves=leaves), seed=leaves))


def booster(size: BoosterSize, *, seed: int) -> str:
    """Return a booster over features with few distinct values, so that thresholds are met exactly."""
    draw = np.random.default_rng(seed)
    features = draw.integers(-9, 9, size=(3_000, WIDTH)).astype(np.float32) / np.float32(2)
    labels = (features[:, 0] * 2 + features[:, 1]).astype(np.int64) % COUNT
    start = np.zeros((len(features), COUNT), np.float32)
    return fit_booster(features, labels, np.ones(len(features)), start, seed=1, size=size)


@pytest.fixture(scope="module")
def content() -> bytes:
    return fitted(leaves=12)


@pytest.fixture(scope="module")
def trees(content: bytes) -> Trees:
    return load_trees(content)


def ensemble(content: bytes) -> Ensemble:
    return read_ensemble(content, features=WIDTH, classes=COUNT)


@compiled
@given(rows=st.integers(0, 70), seed=st.integers(0, 2**32 - 1))
def test_scores_are_those_of_onnx_runtime_to_the_last_bit(trees: Trees, rows: int, seed: int) -> None:
    features = odd_features(rows, seed)
    assert trees.bit_vectors is not None
    np.testing.assert_array_equal(trees.raw(features), replace(trees, bit_vectors=None).raw(features), strict=True)


@compiled
@settings(max_examples=4)
@given(seed=st.integers(0, 2**16), rounds=st.integers(1, 6), leaves=st.integers(2, MAX_LEAVES))
def test_scores_of_any_booster_are_those_of_lightgbm(seed: int, rounds: int, leaves: int) -> None:
    text = booster(BoosterSize(rounds=rounds, leaves=leaves), seed=seed)
    drawn = load_trees(to_onnx(text))
    assert drawn.bit_vectors is not None
    plain, odd = plain_features(60, seed), odd_features(60, seed)
    np.testing.assert_allclose(drawn.raw(plain), raw_scores(text, plain), rtol=0, atol=1e-5)
    np.testing.assert_array_equal(drawn.raw(odd), replace(drawn, bit_vectors=None).raw(odd), strict=True)


@compiled
@pytest.mark.parametrize("batch", [1, 7, 500, 5_000])
def test_a_row_has_the_same_scores_in_every_batch(trees: Trees, batch: int) -> None:
    features = odd_features(5_000, seed=3)
    parts = [trees.raw(features[at : at + batch]) for at in range(0, len(features), batch)]
    np.testing.assert_array_equal(np.concatenate(parts), replace(trees, bit_vectors=None).raw(features), strict=True)


@pytest.mark.parametrize("missing", [{"use_missing": True}, {"zero_as_missing": True}], ids=lambda one: next(iter(one)))
def test_a_booster_that_sends_missing_values_its_own_way_is_refused(missing: dict[str, bool]) -> None:
    features = odd_features(900, seed=1)
    features[np.isinf(features)] = np.nan
    labels = np.arange(900) % COUNT
    data = lightgbm.Dataset(features, labels)
    fitted = lightgbm.train(PARAMETERS | missing, data, num_boost_round=1)
    with pytest.raises(ValueError, match="missing value"):
        to_onnx(fitted.model_to_string())


@compiled
def test_no_mutation_makes_the_library_touch_what_is_not_its_own(content: bytes, tmp_path: Path) -> None:
    source, built, onnx_file = (
        Path(found.__file__).parent / "bit_vectors.c",
        tmp_path / "sanitized.so",
        tmp_path / "onnx",
    )
    flags = ["-g", "-O1", "-fPIC", "-shared", "-ffp-contract=off", "-fno-sanitize-recover=all"]
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("sanitizers are tried with gcc, which is not here")
    command = [compiler, *flags, "-fsanitize=address,undefined", "-o", str(built), str(source)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("this gcc has no sanitizers")
    runtime = subprocess.run([compiler, "-print-file-name=libasan.so"], check=True, capture_output=True, text=True)
    onnx_file.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-m", "tests.scorer.model.sanitized_trees", str(built), str(onnx_file), MUTATIONS],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "LD_PRELOAD": runtime.stdout.strip(), "ASAN_OPTIONS": "detect_leaks=0"},
    )
    assert (done.returncode, done.stdout.startswith("refused ")) == (0, True), done.stderr[-2_000:]


@compiled
def test_features_that_do_not_lie_row_by_row_are_read_in_order(trees: Trees) -> None:
    features = odd_features(40, seed=1)
    np.testing.assert_array_equal(trees.raw(np.asfortranarray(features)[::2]), trees.raw(features[::2].copy()))


@compiled
def test_features_of_another_width_are_refused_before_memory_is_read(trees: Trees) -> None:
    with pytest.raises(ValueError, match="not \\[rows,"):
        trees.raw(odd_features(3, seed=1)[:, 1:])


@compiled
def test_trees_of_more_leaves_than_a_word_has_bits_are_left_to_onnx_runtime() -> None:
    many = load_trees(fitted(leaves=MAX_LEAVES + 1))
    assert many.bit_vectors is None
    assert many.raw(odd_features(3, seed=1)).shape == (3, COUNT)


def test_source_and_caller_are_of_one_version_and_size() -> None:
    source = (Path(found.__file__).parent / "bit_vectors.c").read_text()
    assert f"#define LANES {LANES} " in source
    assert f"#define LEAVES {MAX_LEAVES} " in source
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


def only_classes_that_do_not_exist(columns: Columns) -> None:
    columns["target_ids"].ints[:] = [COUNT] * len(columns["target_ids"].ints)


def a_tree_of_two_classes(columns: Columns) -> None:
    columns["target_ids"].ints[0] = (columns["target_ids"].ints[0] + 1) % COUNT


def a_leaf_with_two_values(columns: Columns) -> None:
    columns["target_nodeids"].ints[1] = columns["target_nodeids"].ints[0]


def a_column_that_is_short(columns: Columns) -> None:
    del columns["nodes_values"].floats[-1]


def more_scores(columns: Columns) -> None:
    columns["n_targets"].i = COUNT + 1


def a_column_of_another_type(columns: Columns) -> None:
    columns["nodes_treeids"].type = onnx.AttributeProto.INT


def a_column_twice(columns: Columns) -> None:
    columns["n_targets"].CopyFrom(columns["nodes_treeids"])


def another_attribute(columns: Columns) -> None:
    columns["n_targets"].name = "post_transform"


BREAKS = (
    a_node_twice, a_circle, a_shared_child, a_child_that_is_missing, a_feature_that_does_not_exist, a_negative_feature,
    a_threshold_that_is_no_number, another_test, a_class_that_does_not_exist, only_classes_that_do_not_exist,
    a_tree_of_two_classes,
    a_leaf_with_two_values, a_column_that_is_short, more_scores,
    a_column_of_another_type, a_column_twice, another_attribute,
)  # fmt: skip


@pytest.mark.parametrize("break_", BREAKS, ids=lambda one: one.__name__.replace("_", " "))
def test_trees_of_another_form_are_refused(content: bytes, break_: Callable[[Columns], None]) -> None:
    assert len(ensemble(content).tree_class)
    model = onnx.load_model_from_string(content)
    break_({attribute.name: attribute for attribute in model.graph.node[0].attribute})
    with pytest.raises(ValueError, match=r"."):
        ensemble(model.SerializeToString())

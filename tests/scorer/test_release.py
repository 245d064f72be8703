"""Releases: what is whole is served, what is damaged is refused with the reason."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from schemas.descriptor import describe
from schemas.taxonomy import CATEGORIES, Category
from scorer.errors import ReleaseError
from scorer.manifest import CALIBRATION, GOLDEN, MANIFEST, TEXT, TREES, hash_of, read_manifest
from scorer.npz import pack, unpack
from scorer.release import build_release, load_release
from tests.trainer.small_past import release, transactions

Files = dict[str, bytes]


@pytest.fixture
def files() -> Files:
    return dict(release()[1])


def resealed(files: Files, **changed: object) -> Files:
    """Return the files under a manifest that fits them, with some of its fields changed."""
    fields = json.loads(files[MANIFEST]) | changed
    fields["files"] = {name: hash_of(content) for name, content in files.items() if name != MANIFEST}
    return files | {MANIFEST: json.dumps(fields).encode()}


def with_json(files: Files, name: str, **changed: object) -> Files:
    return resealed(files | {name: json.dumps(json.loads(files[name]) | changed).encode()})


def with_nan(files: Files) -> Files:
    arrays = unpack(files[TEXT], ("active", "weights", "idf", "intercept"))
    arrays["weights"] = arrays["weights"].copy()
    arrays["weights"][0, 0] = np.nan
    return resealed(files | {TEXT: pack(**arrays)})


def with_other_golden(files: Files) -> Files:
    lines = files[GOLDEN].splitlines()
    row = json.loads(lines[0])
    row["probabilities"][0] += 0.01
    return resealed(files | {GOLDEN: b"\n".join([json.dumps(row).encode(), *lines[1:]])})


DAMAGE: list[tuple[str, Callable[[Files], Files], str]] = [
    ("missing file", lambda f: {name: content for name, content in f.items() if name != TREES}, "is missing"),
    ("changed file", lambda f: f | {CALIBRATION: f[CALIBRATION] + b" "}, "was changed"),
    ("no manifest that can be read", lambda f: f | {MANIFEST: b"{"}, "manifest.json"),
    ("class order", lambda f: resealed(f, classes=[c.value for c in CATEGORIES][::-1]), "class order"),
    ("taxonomy", lambda f: resealed(f, taxonomy_version="9.0"), "taxonomy 9.0"),
    ("features", lambda f: resealed(f, feature_version="0"), "features 0"),
    ("a weight that is no number", with_nan, "not finite"),
    ("temperature", lambda f: with_json(f, CALIBRATION, temperature=-1.0), "not above 0"),
    ("fitted on gate rows", lambda f: with_json(f, CALIBRATION, fitted_to="2026-01-01"), "rows of the gate fold"),
    ("golden probability", with_other_golden, "a probability differs"),
    ("trees that are none", lambda f: resealed(f | {TREES: b"\x08\x09 nonsense"}), "ONNX"),
    ("text that is none", lambda f: resealed(f | {TEXT: b"nonsense"}), "npz"),
]


@pytest.mark.parametrize(("damage", "says"), [pytest.param(d, s, id=name) for name, d, s in DAMAGE])
def test_a_damaged_release_is_refused_with_the_reason(
    files: Files, damage: Callable[[Files], Files], says: str
) -> None:
    with pytest.raises(ReleaseError) as refused:
        build_release(damage(files), name="broken")
    assert any(says in fault for fault in refused.value.faults), refused.value.faults


def test_a_release_loads_from_its_directory_only_under_its_own_name(files: Files, tmp_path: Path) -> None:
    version = release()[0]
    for name in (version, "other"):
        (tmp_path / name).mkdir()
        for file, content in files.items():
            (tmp_path / name / file).write_bytes(content)
    assert load_release(tmp_path / version).version == version
    with pytest.raises(ReleaseError, match="names version"):
        load_release(tmp_path / "other")


@pytest.mark.parametrize("exists", [True, False], ids=["half written", "absent"])
def test_a_directory_without_a_manifest_is_no_release(tmp_path: Path, exists: bool) -> None:
    place = tmp_path / "v"
    if exists:
        place.mkdir()
    with pytest.raises(ReleaseError):
        load_release(place)


def test_a_batch_answers_as_its_rows_do_alone(files: Files) -> None:
    loaded = build_release(files, name="x")
    rows, _ = transactions(40, seed=9)
    described = [describe(row) for row in rows]
    together = loaded.answer(rows, described)
    alone = [
        loaded.answer([row], [descriptor]).probabilities[0] for row, descriptor in zip(rows, described, strict=True)
    ]
    assert together.probabilities == pytest.approx(np.array(alone), abs=1e-6)
    assert (together.top3[:, 0] == together.best).all()
    assert together.confidence == pytest.approx(together.probabilities.max(axis=1))
    assert together.accepted.any()


def test_an_empty_batch_has_an_empty_answer(files: Files) -> None:
    answers = build_release(files, name="x").answer([], [])
    assert answers.probabilities.shape == (0, 22)
    assert answers.top3.shape == (0, 3)


def test_an_override_mutes_a_category(files: Files) -> None:
    loaded = build_release(files, name="x").with_thresholds(dict.fromkeys(Category, 2.0))
    rows, _ = transactions(20)
    assert not loaded.answer(rows, [describe(row) for row in rows]).accepted.any()


def test_golden_rows_hold_invented_transactions_only(files: Files) -> None:
    rows = [msgspec.json.decode(line) for line in files[GOLDEN].splitlines()]
    assert {row["transaction"]["user_id"] for row in rows} == {"golden"}
    assert read_manifest(files[MANIFEST]).folds.gate.rows > 100

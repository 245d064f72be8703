"""Releases: what is whole is served, what is damaged is refused with the reason."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from schemas.events.overrides import Override
from schemas.taxonomy import Category
from schemas.text.descriptor import build_descriptor
from scorer.errors import ReleaseError
from scorer.release.manifest import GOLDEN, MANIFEST, read_manifest
from scorer.release.release import build_release, load_release
from tests.support.corrupt_releases import UNLOADABLE, Files, resealed
from tests.support.small_dataset import release, transactions


@pytest.fixture
def files() -> Files:
    return dict(release()[1])


@pytest.mark.parametrize(("damage", "says"), [pytest.param(d, s, id=name) for name, d, s in UNLOADABLE])
def test_a_damaged_release_is_refused_with_the_reason(
    files: Files, damage: Callable[[Files], Files], says: str
) -> None:
    with pytest.raises(ReleaseError) as refused:
        build_release(damage(files), name="broken")
    assert any(says in fault for fault in refused.value.faults), refused.value.faults


def test_a_release_of_the_format_without_a_refit_is_served_as_it_is(files: Files) -> None:
    fields = msgspec.json.decode(files[MANIFEST])
    del fields["refit"]
    earlier = resealed(files | {MANIFEST: msgspec.json.encode(fields)}, release_format=2)
    loaded = build_release(earlier, name="earlier")
    assert not loaded.manifest.is_refitted
    assert loaded.manifest.served_rows == loaded.manifest.folds.train


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
    described = [build_descriptor(row) for row in rows]
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
    loaded = build_release(files, name="x")
    rows, _ = transactions(20)
    muted = dict.fromkeys(Category, Override(muted=True))
    assert not loaded.answer(rows, [build_descriptor(row) for row in rows], overrides=muted).accepted.any()


def test_golden_rows_hold_invented_transactions_only(files: Files) -> None:
    rows = [msgspec.json.decode(line) for line in files[GOLDEN].splitlines()]
    assert {row["transaction"]["user_id"] for row in rows} == {"golden"}
    assert read_manifest(files[MANIFEST]).folds.gate.rows > 100


def test_a_file_larger_than_its_manifest_allows_is_refused_though_its_hash_fits(files: Files) -> None:
    manifest = read_manifest(files[MANIFEST])
    sizes = {**manifest.sizes, GOLDEN: len(files[GOLDEN]) - 1}
    lying = files | {MANIFEST: msgspec.structs.replace(manifest, sizes=sizes).to_bytes()}
    with pytest.raises(ReleaseError, match=r"golden.jsonl: holds .* bytes, the manifest allows"):
        build_release(lying, name="lying")

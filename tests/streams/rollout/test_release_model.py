"""A worker finds, checks and loads releases, refuses damaged ones by name, and turns answers into the stream's own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.events.candidate import SuggestionSource
from schemas.events.comparison import Acceptance, Role
from schemas.events.overrides import Override
from schemas.taxonomy import Category
from schemas.text.descriptor import build_descriptor
from scorer.errors import ReleaseError
from streams.rollout.release_model import Releases
from streams.settings import RegistrySettings
from tests.support.corrupt_releases import FOUR, Files
from tests.support.small_dataset import renamed, transactions

OLD, NEW, NEWER = "20260101-aaaaaaa", "20260201-bbbbbbb", "20260301-ccccccc"


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    return tmp_path / "registry"


def put(registry: Path, version: str, *, verdict: str = "PASS", **files: bytes) -> None:
    """Write a release; ``text_npz=b"..."`` puts other bytes into its text.npz."""
    place = registry / version
    place.mkdir(parents=True)
    changed = {name.replace("_", "."): content for name, content in files.items()}
    for name, content in (renamed(version, verdict=verdict) | changed).items():
        (place / name).write_bytes(content)


def releases(registry: Path, *, delay_file: Path | None = None) -> Releases:
    return Releases(RegistrySettings(registry=str(registry)), delay_file=delay_file)


def test_an_empty_registry_has_no_newest_release(registry: Path) -> None:
    assert releases(registry).newest() is None


def test_the_newest_release_is_the_one_of_the_latest_day(registry: Path) -> None:
    put(registry, NEW)
    put(registry, OLD)
    assert releases(registry).newest() == NEW


def test_a_damaged_release_is_skipped_for_an_older_one(registry: Path) -> None:
    put(registry, OLD)
    put(registry, NEW, text_npz=b"damaged")
    assert releases(registry).newest() == OLD


def test_of_one_day_the_release_that_its_gate_passed_comes_first(registry: Path) -> None:
    put(registry, "20260201-aaaaaaa")
    put(registry, "20260201-bbbbbbb", verdict="INCONCLUSIVE")
    assert releases(registry).newest() == "20260201-aaaaaaa"


def test_of_one_day_without_a_passed_release_the_last_one_is_the_newest(registry: Path) -> None:
    put(registry, "20260201-aaaaaaa", verdict="REFUSED")
    put(registry, "20260201-bbbbbbb", verdict="INCONCLUSIVE")
    assert releases(registry).newest() == "20260201-bbbbbbb"


def test_a_later_day_comes_before_the_word_of_the_gate(registry: Path) -> None:
    put(registry, OLD)
    put(registry, NEW, verdict="REFUSED")
    assert releases(registry).newest() == NEW


@pytest.mark.parametrize(
    ("file", "content", "fault"),
    [
        pytest.param("text_npz", b"damaged", "text.npz: was changed", id="a file was changed"),
        pytest.param("manifest_json", b"{}", "manifest.json:", id="the manifest says nothing"),
        pytest.param("golden_jsonl", b"", "golden.jsonl: was changed", id="the golden answers are gone"),
    ],
)
def test_a_damaged_release_is_refused_by_name_and_fault(registry: Path, file: str, content: bytes, fault: str) -> None:
    put(registry, NEW, **{file: content})
    with pytest.raises(ReleaseError, match=fault) as caught:
        releases(registry).load(NEW)
    assert NEW in str(caught.value)


@pytest.mark.parametrize("version", [NEWER, "..", "", "no/such/release"])
def test_a_release_that_is_not_there_is_refused(registry: Path, version: str) -> None:
    put(registry, NEW)
    with pytest.raises(ReleaseError):
        releases(registry).load(version)


def test_a_release_under_another_name_is_refused(registry: Path) -> None:
    put(registry, NEW)
    (registry / NEW).rename(registry / NEWER)
    with pytest.raises(ReleaseError, match=f"names version {NEW}, the directory is {NEWER}"):
        releases(registry).load(NEWER)


@pytest.mark.parametrize(("verdict", "may"), [("PASS", True), ("REFUSED", False), ("INCONCLUSIVE", False)])
def test_only_a_release_that_its_gate_passed_may_serve(registry: Path, verdict: str, may: bool) -> None:
    put(registry, NEW, verdict=verdict)
    assert releases(registry).load(NEW).may_serve is may


def test_each_answer_names_its_role_its_version_and_three_different_categories(registry: Path) -> None:
    put(registry, NEW)
    rows, _ = transactions(50)
    answers = releases(registry).load(NEW).answer(rows, [build_descriptor(row) for row in rows], role=Role.CHAMPION)
    assert len(answers) == len(rows)
    for answer in answers:
        assert (answer.role, answer.version, len({candidate.category for candidate in answer.ranked})) == (
            Role.CHAMPION,
            NEW,
            3,
        )
        confidences = [candidate.confidence for candidate in answer.ranked]
        assert confidences == sorted(confidences, reverse=True)
        assert all(0.0 <= confidence <= 1.0 for confidence in confidences)
        assert {candidate.source for candidate in answer.ranked} == {SuggestionSource.MODEL}


@pytest.mark.parametrize(
    ("override", "acceptance"),
    [
        pytest.param(Override(threshold=0.0), Acceptance.ACCEPTED, id="threshold of 0"),
        pytest.param(Override(floor=1.0), Acceptance.LOW_CONFIDENCE, id="floor of 1"),
        pytest.param(Override(muted=True), Acceptance.LOW_CONFIDENCE, id="muted"),
    ],
)
def test_overrides_stand_above_the_thresholds_of_the_release(
    registry: Path, override: Override, acceptance: Acceptance
) -> None:
    put(registry, NEW)
    rows, labels = transactions(50)
    overrides = {Category(name): override for name in sorted(set(labels))}
    model = releases(registry).load(NEW)
    answers = model.answer(rows, [build_descriptor(row) for row in rows], role=Role.CHALLENGER, overrides=overrides)
    known = [answer for answer in answers if answer.ranked[0].category.value in labels]
    assert len(known) > 40
    assert {answer.acceptance for answer in known} == {acceptance}


@pytest.mark.parametrize(("damage", "says"), [pytest.param(damage, says, id=name) for name, damage, says in FOUR])
def test_a_worker_refuses_what_verification_refuses(
    registry: Path, damage: Callable[[Files], Files], says: str
) -> None:
    place = registry / NEW
    place.mkdir(parents=True)
    for name, content in damage(dict(renamed(NEW))).items():
        (place / name).write_bytes(content)
    with pytest.raises(ReleaseError, match=says):
        releases(registry).load(NEW)

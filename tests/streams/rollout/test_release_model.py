"""A worker finds, checks and loads releases, refuses damaged ones by name, and turns answers into the stream's own."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest

from schemas.events.candidate import SuggestionSource
from schemas.events.comparison import Acceptance, Role
from schemas.events.overrides import Override
from schemas.taxonomy import Category
from schemas.text.descriptor import build_descriptor
from scorer.errors import ReleaseError
from scorer.model.rule_floor import RuleFloor
from scorer.model.threshold_setting import MUTED
from scorer.release.manifest import THRESHOLDS
from streams.rollout.release_model import Releases
from streams.settings import RegistrySettings
from tests.support.builders import named
from tests.support.corrupt_releases import FOUR, Files, resealed
from tests.support.small_dataset import renamed, transactions

OLD, NEW, NEWER = "20260101-aaaaaaa", "20260201-bbbbbbb", "20260301-ccccccc"


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    return tmp_path / "registry"


def put(registry: Path, version: str, files: Mapping[str, bytes] | None = None, *, verdict: str = "PASS") -> None:
    """Write a release; ``files`` are the bytes of some of its files, other than they should be."""
    place = registry / version
    place.mkdir(parents=True)
    for name, content in (renamed(version, verdict=verdict) | dict(files or {})).items():
        (place / name).write_bytes(content)


def put_with_floor(registry: Path, floor: RuleFloor | None) -> None:
    """Write a release whose thresholds hold this rule floor; nobody asked the rules of the small past."""
    files = renamed(NEW)
    thresholds = json.loads(files[THRESHOLDS])
    assert "rule_floor" not in thresholds  # as in a release of an earlier version
    if floor is not None:
        thresholds["rule_floor"] = msgspec.structs.asdict(floor)
    put(registry, NEW)
    for name, content in resealed(files | {THRESHOLDS: json.dumps(thresholds).encode()}).items():
        (registry / NEW / name).write_bytes(content)


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
    put(registry, NEW, {"text.npz": b"damaged"})
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
        pytest.param("text.npz", b"damaged", "text.npz: was changed", id="a file was changed"),
        pytest.param("manifest.json", b"{}", "manifest.json:", id="the manifest says nothing"),
        pytest.param("golden.jsonl", b"", "golden.jsonl: was changed", id="the golden answers are gone"),
    ],
)
def test_a_damaged_release_is_refused_by_name_and_fault(registry: Path, file: str, content: bytes, fault: str) -> None:
    put(registry, NEW, {file: content})
    with pytest.raises(ReleaseError, match=fault) as caught:
        releases(registry).load(NEW)
    assert NEW in str(caught.value)


def test_only_what_may_be_served_is_explained_and_nothing_else_changes(registry: Path) -> None:
    put(registry, NEW)
    rows, _ = transactions(50)
    descriptors = [build_descriptor(row) for row in rows]
    model = releases(registry).load(NEW)
    overrides = {category: Override(threshold=0.0) for category in Category}
    whole = model.answer(rows, descriptors, role=Role.CHALLENGER, overrides=overrides)
    asked = [place % 2 == 0 for place in range(len(rows))]
    some = model.answer(rows, descriptors, role=Role.CHALLENGER, overrides=overrides, explained=asked)
    assert [bool(answer.ranked[0].explanations) for answer in whole] == [True] * len(rows)
    assert [bool(answer.ranked[0].explanations) for answer in some] == asked
    silent = [msgspec.structs.replace(one.ranked[0], explanations=()) for one in whole]
    assert [msgspec.structs.replace(one.ranked[0], explanations=()) for one in some] == silent
    assert [one.ranked[1:] for one in some] == [one.ranked[1:] for one in whole]


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


RULE = named(Category("Cash"), source=SuggestionSource.RULES)  # of which the small past knows nothing


@pytest.mark.parametrize(
    ("floor", "overrides", "doubts"),
    [
        pytest.param(None, {}, False, id="a release of an earlier version"),
        pytest.param(RuleFloor(value=0.9), {}, True, id="a floor"),
        pytest.param(RuleFloor(value=MUTED), {}, True, id="no floor is proven"),
        pytest.param(RuleFloor(value=0.9), {Category("Cash"): Override(rule_floor=0.0)}, False, id="taken away for it"),
        pytest.param(RuleFloor(value=0.9), {Category("Dining"): Override(rule_floor=0.0)}, True, id="for another one"),
        pytest.param(None, {Category("Cash"): Override(rule_floor=0.9)}, True, id="given by the record alone"),
    ],
)
def test_a_model_doubts_the_rules_whose_category_it_gives_less_than_the_floor(
    registry: Path, floor: RuleFloor | None, overrides: dict[Category, Override], doubts: bool
) -> None:
    put_with_floor(registry, floor)
    rows, _ = transactions(20)
    model = releases(registry).load(NEW)
    answers = model.answer(rows, [build_descriptor(row) for row in rows], role=Role.CHALLENGER, overrides=overrides)
    assert {answer.doubts(RULE) for answer in answers} == {doubts}
    assert not any(answer.doubts(msgspec.structs.replace(RULE, override=True)) for answer in answers)


def test_a_floor_that_is_no_probability_is_refused(registry: Path) -> None:
    put_with_floor(registry, RuleFloor(value=-1.0))
    with pytest.raises(ReleaseError, match=r"rule_floor: -1\.0 is not between 0 and 2\.0"):
        releases(registry).load(NEW)


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

"""Thresholds: overrides are read strictly, and muting cannot be reached."""

import msgspec
import numpy as np

from schemas.events.overrides import Override
from schemas.taxonomy import CATEGORIES, Category
from scorer.model.known_words import WordingEvidence
from scorer.model.threshold_setting import MUTED, parse_override
from scorer.model.thresholds import Threshold, Thresholds

BARS = Thresholds(wanted_precision=0.9, by_category={category: Threshold(value=0.8) for category in CATEGORIES})


def test_an_override_replaces_one_bar_and_says_where_it_came_from() -> None:
    changed = BARS.overridden(parse_override('{"Dining": 0.55}'), note="record 3")
    assert changed.values()[CATEGORIES.index(Category("Dining"))] == 0.55
    assert changed.by_category[Category("Dining")].note == "record 3"
    assert changed.by_category[Category("Cash")] == BARS.by_category[Category("Cash")]


def test_a_merchant_without_a_history_has_its_own_bar_until_an_override_says_otherwise() -> None:
    dining = CATEGORIES.index(Category("Dining"))
    bars = dict(BARS.by_category) | {Category("Dining"): Threshold(value=0.6, unknown=0.9)}
    both = msgspec.structs.replace(BARS, by_category=bars)
    is_known, evidence = np.array([True, False]), np.full(2, WordingEvidence.WORDS, dtype=np.uint8)
    assert both.of_rows(is_known, evidence)[:, dining].tolist() == [0.6, 0.9]
    assert np.delete(both.of_rows(is_known, evidence), dining, axis=1).tolist() == [[0.8] * 21] * 2
    lower = both.overridden({Category("Dining"): Override(threshold=0.7)})
    assert lower.of_rows(is_known, evidence)[:, dining].tolist() == [0.7, 0.7]
    assert Thresholds.from_bytes(both.to_bytes()) == both


def test_a_floor_lifts_what_is_below_it_and_a_mute_beats_everything() -> None:
    dining = CATEGORIES.index(Category("Dining"))
    bars = dict(BARS.by_category) | {Category("Dining"): Threshold(value=0.6, unknown=0.9)}
    both = msgspec.structs.replace(BARS, by_category=bars)
    is_known, evidence = np.array([True, False]), np.full(2, WordingEvidence.WORDS, dtype=np.uint8)

    def under(override: Override) -> list[float]:
        return list(both.overridden({Category("Dining"): override}).of_rows(is_known, evidence)[:, dining])

    assert under(Override(floor=0.7)) == [0.7, 0.9]
    assert under(Override(floor=0.95)) == [0.95, 0.95]
    assert under(Override(threshold=0.3, floor=0.5)) == [0.5, 0.5]
    assert under(Override(floor=0.5, muted=True)) == [MUTED, MUTED]
    assert both.overridden({Category("Dining"): Override(floor=0.1)}) == both


def test_a_floor_does_not_speak_for_what_the_release_muted() -> None:
    muted = msgspec.structs.replace(
        BARS, by_category=dict(BARS.by_category) | {Category("Cash"): Threshold(value=MUTED)}
    )
    assert muted.overridden({Category("Cash"): Override(floor=0.5)}).by_category[Category("Cash")].value == MUTED


def test_a_bar_of_unknown_merchants_outside_its_range_is_a_fault() -> None:
    bars = dict(BARS.by_category) | {Category("Dining"): Threshold(value=0.6, unknown=-0.1)}
    assert len(msgspec.structs.replace(BARS, by_category=bars).faults()) == 1


def test_a_category_without_a_bar_is_muted_and_named() -> None:
    bare = Thresholds(wanted_precision=0.9, by_category={})
    assert (bare.values() == MUTED).all()
    assert len(bare.faults()) == len(CATEGORIES)
    assert Thresholds.from_bytes(BARS.to_bytes()) == BARS


def test_a_wording_without_evidence_reaches_no_bar_and_one_of_fragments_has_the_higher_of_two() -> None:
    bars = msgspec.structs.replace(BARS, fragments=0.97).overridden({Category("Dining"): Override(threshold=0.0)})
    evidence = np.array([WordingEvidence.NONE, WordingEvidence.FRAGMENTS, WordingEvidence.WORDS], dtype=np.uint8)
    found = bars.of_rows(np.zeros(3, dtype=bool), evidence)
    assert found[:, CATEGORIES.index(Category("Dining"))].tolist() == [MUTED, 0.97, 0.0]
    assert found[:, CATEGORIES.index(Category("Cash"))].tolist() == [MUTED, 0.97, 0.8]
    assert msgspec.structs.replace(BARS, fragments=3.0).faults() == [
        "thresholds: fragments: 3.0 is not between 0 and 2.0"
    ]

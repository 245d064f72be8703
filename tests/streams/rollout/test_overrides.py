"""Overrides: what follows from what was in force, and what is refused in one line."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.overrides import Override, hash_overrides, in_words, overrides_error
from schemas.taxonomy import Category
from streams.errors import SettingsError
from streams.rollout.overrides import OverridesChange, changed, read_change

CASH, DINING = Category("Cash"), Category("Dining")
BEFORE = {CASH: Override(muted=True), DINING: Override(threshold=0.9, floor=0.5)}
Options = Mapping[str, list[str]]


@pytest.mark.parametrize(
    ("options", "after"),
    [
        ({"mute": ["Groceries"]}, BEFORE | {Category("Groceries"): Override(muted=True)}),
        ({"unmute": ["Cash"]}, {DINING: BEFORE[DINING]}),
        ({"threshold": ["Dining=0.8"]}, BEFORE | {DINING: Override(threshold=0.8, floor=0.5)}),
        ({"no_threshold": ["Dining"]}, BEFORE | {DINING: Override(floor=0.5)}),
        ({"no_floor": ["Dining"]}, BEFORE | {DINING: Override(threshold=0.9)}),
        ({"floor": ["Cash=0.7"]}, BEFORE | {CASH: Override(muted=True, floor=0.7)}),
        ({"rule_floor": ["Dining=0.3"]}, BEFORE | {DINING: Override(threshold=0.9, floor=0.5, rule_floor=0.3)}),
        ({"unmute": ["Cash"], "threshold": ["Cash=1"]}, BEFORE | {CASH: Override(threshold=1.0)}),
        ({"no_threshold": ["Dining"], "mute": ["Dining"]}, BEFORE | {DINING: Override(floor=0.5, muted=True)}),
        ({"threshold": ["Home & Garden=.5"]}, BEFORE | {Category("Home & Garden"): Override(threshold=0.5)}),
    ],
    ids=lambda value: " ".join(value) if all(isinstance(key, str) and key.islower() for key in value) else "",
)
def test_a_change_is_laid_over_what_was_in_force(options: Options, after: dict[Category, Override]) -> None:
    assert changed(BEFORE, read_change(**options)) == after


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"threshold": ["Diner=0.9"]}, "--threshold: 'Diner' is no category; did you mean Dining?"),
        ({"mute": ["§"]}, "--mute: '§' is no category; known: "),
        ({"mute": [""]}, "--mute: '' is no category; known: "),
        ({"threshold": ["Dining"]}, "--threshold Dining: give a category and a number, such as Dining=0.9"),
        ({"threshold": ["Dining=1.1"]}, "--threshold Dining=1.1: give a number from 0 to 1"),
        ({"floor": ["Dining=-0.1"]}, "--floor Dining=-0.1: give a number from 0 to 1"),
        ({"threshold": ["Dining=nan"]}, "--threshold Dining=nan: give a number from 0 to 1"),
        ({"threshold": ["Dining=inf"]}, "--threshold Dining=inf: give a number from 0 to 1"),
        ({"threshold": ["Dining=high"]}, "--threshold Dining=high: give a number from 0 to 1"),
        ({"threshold": ["Dining="]}, "--threshold Dining=: give a number from 0 to 1"),
        ({"threshold": ["Dining=0.9", "Dining=0.8"]}, "--threshold: Dining stands there twice"),
        ({"threshold": ["Dining=0.8"], "no_threshold": ["Dining"]}, "--no-threshold: Dining is given twice"),
        ({"mute": ["Travel", "Travel"]}, "--mute: Travel is given twice"),
        ({"mute": ["Travel"], "unmute": ["Travel"]}, "--unmute: Travel is given twice"),
        ({"mute": ["Cash"]}, "Cash is muted already by the rollout record in force"),
        ({"unmute": ["Dining"]}, "Dining is not muted by the rollout record in force"),
        ({"no_threshold": ["Cash"]}, "the rollout record in force has no threshold for Cash"),
        ({"threshold": ["Dining=0.90"]}, "the rollout record in force has threshold 0.9 for Dining already"),
        ({"threshold": ["Cash=0.5"]}, "Cash cannot be muted and have a threshold"),
        ({"rule_floor": ["Dining=2"]}, "--rule-floor Dining=2: give a number from 0 to 1"),
        ({"rule_floor": ["all"]}, "--rule-floor Groceries: give a category and a number"),
        ({"rule_floor": ["all=0", "Dining=0"]}, "--rule-floor: Dining stands there twice"),
        ({"no_rule_floor": ["Dining"]}, "the rollout record in force has no rule floor for Dining"),
        ({"mute": ["Dining"]}, "Dining cannot be muted and have a threshold"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_nonsense_is_refused_in_one_line(options: Options, says: str) -> None:
    with pytest.raises(SettingsError) as refused:
        changed(BEFORE, read_change(**options))
    assert str(refused.value).startswith(says)
    assert "\n" not in str(refused.value)


def test_all_names_every_category_and_takes_every_one_back() -> None:
    everywhere = changed(BEFORE, read_change(rule_floor=["all=0"]))
    assert {override.rule_floor for override in everywhere.values()} == {0.0}
    assert set(everywhere) == set(Category)
    assert everywhere[CASH] == Override(muted=True, rule_floor=0.0)
    assert changed(everywhere, read_change(no_rule_floor=["all"])) == BEFORE


SHARES = st.none() | st.floats(0.0, 1.0)
CHANGES = st.builds(
    OverridesChange,
    thresholds=st.dictionaries(st.sampled_from(Category), SHARES, max_size=3),
    floors=st.dictionaries(st.sampled_from(Category), SHARES, max_size=3),
    rule_floors=st.dictionaries(st.sampled_from(Category), SHARES, max_size=3),
    mutes=st.dictionaries(st.sampled_from(Category), st.booleans(), max_size=3),
)


@given(st.lists(CHANGES, max_size=8))
def test_whatever_is_taken_makes_overrides_that_a_record_may_hold(changes: list[OverridesChange]) -> None:
    overrides: dict[Category, Override] = {}
    for change in changes:
        before = hash_overrides(overrides)
        try:
            overrides = changed(overrides, change)
        except SettingsError:
            continue
        assert overrides_error(overrides) is None
        assert change.is_empty or hash_overrides(overrides) != before
        assert (in_words(overrides) == "") == (not overrides)

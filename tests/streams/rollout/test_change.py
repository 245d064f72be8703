"""The next record: what the first one takes from the environment, and how each follows the one before."""

from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.overrides import Override
from schemas.events.rollout import ArmPolicy, RolloutRecord, ThresholdsSource, Verdict, chain_error
from schemas.taxonomy import Category
from streams.errors import RolloutRecordError, SettingsError
from streams.rollout.change import Change, first_record, parse_percent, successor
from streams.rollout.overrides import read_change
from streams.settings import SuggestSettings
from tests.support.builders import NOW, first_rollout

LATER = NOW + timedelta(days=1)
FIRST = first_rollout(percent="10.00", canary=ArmPolicy("m-1"), verdict=Verdict.HOLD)


@pytest.mark.parametrize(
    ("text", "percent"),
    [("0", "0.00"), ("10", "10.00"), ("10%", "10.00"), ("12.5%", "12.50"), (" 0.01 ", "0.01"), ("100.00", "100.00")],
)
def test_a_share_is_written_with_two_decimals(text: str, percent: str) -> None:
    assert parse_percent(text) == percent


@pytest.mark.parametrize(
    "text", ["", "ten", "-1", "101", "100.01", "10.123", "1e1", "10 %%", "0x10", "nan", "1,5", "10\n20"]
)
def test_a_share_that_is_none_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(SettingsError, match="is not a share; give 0 to 100") as caught:
        parse_percent(text)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=6) | st.from_regex(r"[0-9]{0,4}\.?[0-9]{0,3}%?", fullmatch=True))
def test_any_share_that_is_taken_is_one_that_a_record_may_hold(text: str) -> None:
    try:
        percent = parse_percent(text)
    except SettingsError:
        return
    assert Decimal(0) <= Decimal(percent) <= Decimal(100)
    record = first_rollout(percent=percent)
    assert msgspec.json.decode(msgspec.json.encode(record), type=RolloutRecord) == record


def test_the_first_record_says_what_the_environment_says() -> None:
    suggest = SuggestSettings(use_model_canary="25%", enable_shadow=False, canary_salt="pepper")
    record = first_record(suggest, canary_model="m-1", actor="ana", now=NOW)
    assert chain_error(None, record) is None
    assert (record.percent, record.shadow, record.salt, record.actor) == ("25.00", False, "pepper", "ana")
    assert record.control == ArmPolicy()
    assert record.canary == ArmPolicy("m-1")
    assert record.basis_points == 2_500


def test_the_first_record_takes_its_overrides_from_the_environment() -> None:
    suggest = SuggestSettings(thresholds_json='{"Dining": 0.9, "Cash": 2}')
    record = first_record(suggest, canary_model=None, actor="ana", now=NOW)
    assert record.overrides == {Category("Dining"): Override(threshold=0.9), Category("Cash"): Override(muted=True)}
    assert record.thresholds_source is ThresholdsSource.OVERRIDE
    assert chain_error(None, record) is None


@pytest.mark.parametrize("text", ["{", "[]", '{"Dinning": 0.5}', '{"Dining": "high"}', '{"Dining": NaN}'])
def test_thresholds_that_are_none_are_refused_in_one_line(text: str) -> None:
    with pytest.raises(SettingsError, match="SUGGEST_THRESHOLDS_JSON") as caught:
        first_record(SuggestSettings(thresholds_json=text), canary_model=None, actor="ana", now=NOW)
    assert "\n" not in str(caught.value)


def test_overrides_are_inherited_until_they_are_taken_back() -> None:
    muted = successor(FIRST, Change("ana", "r", overrides=read_change(mute=["Cash"])), now=LATER)
    moved = successor(muted, Change("ana", "r", percent="50.00"), now=LATER)
    assert moved.overrides_hash == muted.overrides_hash is not None
    heard = successor(moved, Change("ana", "r", overrides=read_change(unmute=["Cash"])), now=LATER)
    assert (heard.overrides, heard.overrides_hash) == ({}, None)
    assert heard.thresholds_source is ThresholdsSource.RELEASE


def test_the_first_record_refuses_a_share_that_is_none() -> None:
    with pytest.raises(SettingsError):
        first_record(SuggestSettings(use_model_canary="lots"), canary_model=None, actor="ana", now=NOW)


def test_a_successor_links_to_its_predecessor_and_keeps_what_was_not_changed() -> None:
    record = successor(FIRST, Change("ana", "because"), now=LATER)
    assert chain_error(FIRST, record) is None
    assert (record.version, record.actor, record.reason, record.decided_at) == (1, "ana", "because", LATER)
    assert (record.percent, record.canary, record.control) == (FIRST.percent, FIRST.canary, FIRST.control)


def test_a_verdict_is_not_inherited() -> None:
    assert successor(FIRST, Change("ana", "because"), now=LATER).verdict is None


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(Change("ana", "r", percent="50.00"), id="share"),
        pytest.param(Change("ana", "r", percent="0.00"), id="share of nothing"),
        pytest.param(Change("ana", "r", shadow=False), id="shadow off"),
        pytest.param(Change("ana", "r", shadow_percent="20.00"), id="less shadow"),
        pytest.param(Change("ana", "r", control=ArmPolicy("m-1")), id="champion"),
        pytest.param(Change("ana", "r", canary=ArmPolicy(None)), id="no canary"),
        pytest.param(Change("ana", "r", verdict=Verdict.ROLLBACK), id="verdict"),
    ],
)
def test_a_successor_says_what_the_change_says(change: Change) -> None:
    record = successor(FIRST, change, now=LATER)
    said = {name: value for name, value in asdict(change).items() if value is not None}
    assert {name: getattr(record, name) for name in said} == {name: getattr(change, name) for name in said}
    assert chain_error(FIRST, record) is None


def test_the_slower_of_two_operators_is_told_to_look_again() -> None:
    change = Change("bob", "because", percent="50.00", expect_version=0)
    faster = successor(FIRST, change, now=LATER)
    with pytest.raises(RolloutRecordError, match="at version 1, not 0: somebody changed it"):
        successor(faster, change, now=LATER)

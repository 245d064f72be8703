"""The chain of rollout records shows every change and every gap."""

from datetime import UTC, datetime

import msgspec
import pytest

from schemas.events.rollout import RolloutRecord, chain_error, with_hash
from streams.errors import RolloutRecordError, SettingsError
from streams.rollout.change import Change, first_record, parse_percent, successor
from streams.settings import SuggestSettings

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def chain(*percents: str) -> list[RolloutRecord]:
    records = [first_record(SuggestSettings(), canary_model="m", actor="test", now=NOW)]
    for percent in percents:
        records.append(successor(records[-1], Change(actor="test", reason="next", percent=percent), now=NOW))
    return records


def fault(records: list[RolloutRecord]) -> str | None:
    pairs = zip([None, *records], records, strict=False)
    return next((found for previous, record in pairs if (found := chain_error(previous, record))), None)


def test_a_chain_that_was_written_in_order_holds() -> None:
    assert fault(chain("10.00", "50.00", "100.00", "0.00")) is None


def test_a_record_that_was_changed_is_found() -> None:
    records = chain("10.00", "50.00")
    records[1] = msgspec.structs.replace(records[1], percent="100.00")
    assert fault(records) == "record 1 was changed after it was written"


def test_a_record_that_was_changed_and_sealed_again_is_found() -> None:
    records = chain("10.00", "50.00")
    records[1] = with_hash(msgspec.structs.replace(records[1], percent="100.00"))
    assert fault(records) == "record 2 does not link to the record before it"


def test_a_missing_record_is_found() -> None:
    records = chain("10.00", "50.00")
    del records[1]
    assert fault(records) == "record 1 is missing: record 2 stands in its place"


def test_the_hash_survives_the_wire() -> None:
    record = chain("12.50")[1]
    assert chain_error(chain()[0], msgspec.json.decode(msgspec.json.encode(record), type=RolloutRecord)) is None


def test_of_two_operators_the_second_is_told() -> None:
    records = chain("10.00")
    late = Change(actor="second", reason="race", percent="50.00", expect_version=0)
    with pytest.raises(RolloutRecordError, match="at version 1, not 0"):
        successor(records[-1], late, now=NOW)


@pytest.mark.parametrize(
    ("text", "percent", "basis_points"),
    [
        ("0", "0.00", 0),
        ("10", "10.00", 1000),
        ("10%", "10.00", 1000),
        ("12.5", "12.50", 1250),
        ("100", "100.00", 10000),
    ],
)
def test_a_share_is_read_as_people_write_it(text: str, percent: str, basis_points: int) -> None:
    assert parse_percent(text) == percent
    assert chain(percent)[1].basis_points == basis_points


@pytest.mark.parametrize("text", ["", "ten", "101", "-1", "10.123", "1e1", "NaN", "50 %%"])
def test_a_share_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="is not a share"):
        parse_percent(text)

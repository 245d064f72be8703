"""Parser: what a mapping file may not say, each with its line and what to do."""

from pathlib import Path

import pytest

from streams.errors import MappingError
from streams.process.input_mapping.load import load_mapping
from streams.process.input_mapping.parser import parse_mapping
from tests.streams.process.input_mapping.made import text_of

BAD = {
    "no field": (text_of(amount=None), "fields: amount is missing"),
    "no sign": (text_of(amount="{from: amount}"), "say which way money goes"),
    "a sign of its own": (text_of(amount="{from: amount, positive: debit}"), "positive is money out or in"),
    "two signs": (text_of(amount="{from: a, positive: out, direction: {from: b, out: x, in: y}}"), "say which way"),
    "both directions": (text_of(amount="{from: a, direction: {from: b, out: x, in: x}}"), "cannot be both"),
    "a doubt": (text_of(amount='{from: amount, positive: "?"}'), "a doubt is open"),
    "an unknown key": (text_of("keys: none"), "unknown key 'keys'"),
    "an unknown field": (text_of(amounts="a"), "unknown key 'amounts'"),
    "an identity by default": (text_of(user_id="{from: a, default: nobody}"), "gets none by default"),
    "a channel that there is not": (text_of(channel="{from: a, map: {x: card}}"), "'card' is no channel"),
    "a code that is none": (text_of(currency="{value: Euro}"), "'Euro' is no currency"),
    "else without a map": (text_of(mcc="{from: a, else: '5411'}"), "else is for what a map does not name"),
    "a path that is none": (text_of(txn_id="a..b"), "is no path"),
    "a form that is none": (text_of(occurred_at="{from: at, format: us}"), "is no form of a time"),
    "a pattern without a day": (text_of(occurred_at="{from: at, format: '%H:%M'}"), "names no day"),
    "a zone that is none": (text_of(occurred_at="{from: at, zone: Berlin}"), "is no time zone"),
    "a reason that is none": (text_of("skip: {reason: boring, from: a, is: b}"), "is no reason to skip"),
    "a skip of two kinds": (text_of("skip: {reason: test, from: a, is: b, missing: true}"), "exactly one of"),
    "a key policy that is none": (text_of("key: card"), "is no key policy"),
    "no YAML": ("name: [", "is not YAML"),
    "nothing": ("", "is empty"),
}


@pytest.mark.parametrize(("text", "says"), BAD.values(), ids=BAD)
def test_nonsense_is_refused_with_its_line(text: str, says: str) -> None:
    with pytest.raises(MappingError) as raised:
        parse_mapping(text, file="my.yml")
    assert [str(issue) for issue in raised.value.issues if says in str(issue)], raised.value.issues
    assert all(str(issue).startswith("my.yml:") for issue in raised.value.issues)


def test_every_fault_is_named_at_once_and_by_its_line() -> None:
    with pytest.raises(MappingError) as raised:
        parse_mapping(text_of(amount="{from: a}", channel="{from: a, map: {x: card}}"), file="my.yml")
    assert [str(issue).split(":")[1] for issue in raised.value.issues] == ["8", "11"]
    assert "1 more" in str(raised.value)


@pytest.mark.parametrize("fields", [{"txn_id": "account"}, {"txn_id": "account[0]"}, {"txn_id": "account.id.part"}])
def test_paths_that_contradict_each_other_are_refused(tmp_path: Path, fields: dict[str, str]) -> None:
    file = tmp_path / "my.yml"
    file.write_text(text_of(**fields))
    with pytest.raises(MappingError, match="one path ends where another goes on"):
        load_mapping(str(file))


def test_a_file_that_is_not_there_says_what_is_shipped() -> None:
    with pytest.raises(MappingError, match="shipped are berlin-group, camt-053, plaid, teller"):
        load_mapping("monzo")


def test_the_version_changes_with_any_byte(tmp_path: Path) -> None:
    file = tmp_path / "my.yml"
    versions = set()
    for text in (text_of(), text_of() + "# why\n"):
        file.write_text(text)
        versions.add(load_mapping(str(file)).version)
    assert len(versions) == 2

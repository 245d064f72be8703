"""Rules come from disk with a version that follows their bytes."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from rules.errors import CrosswalkError, RulesetError
from rules.load import load_rules
from schemas.crosswalks.crosswalk import Strength, brands
from schemas.events.transaction import Transaction
from schemas.text.descriptor import build_descriptor

TEXT = 'name: mine\nversion: "2.1"\nrules:\n  - {id: a, category: Cash, when: {mcc: 6011}}\n'


def test_the_version_names_the_rule_set_and_its_bytes(tmp_path: Path) -> None:
    file = tmp_path / "mine.yml"
    file.write_text(TEXT)
    first = load_rules(file).version
    file.write_text(TEXT + "# a remark\n")
    assert first.startswith("mine-2.1-")
    assert load_rules(file).version != first


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CrosswalkError, match=r"gone\.yml: cannot be read"):
        load_rules(tmp_path / "gone.yml")


def test_a_file_of_other_bytes_is_named(tmp_path: Path) -> None:
    file = tmp_path / "mine.yml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CrosswalkError, match="is not UTF-8"):
        load_rules(file)


def test_nonsense_is_refused_with_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.yml"
    file.write_text(TEXT.replace("6011", "60"))
    with pytest.raises(RulesetError, match=r"mine\.yml:4: "):
        load_rules(file)


def test_a_rule_set_without_crosswalks_has_its_own_rules_only(tmp_path: Path) -> None:
    file = tmp_path / "mine.yml"
    file.write_text(TEXT)
    assert [rule.rule_id for rule in load_rules(file).rules] == ["a"]


def test_descriptions_of_any_length_are_answered(make: Callable[..., Transaction]) -> None:
    transaction = make("tesco " * 170)
    answer = load_rules().answer([transaction], [build_descriptor(transaction)])[0]
    assert answer is not None


def test_an_engine_about_one_description_answers_to_it_as_the_whole_one_does(make: Callable[..., Transaction]) -> None:
    known = {strength: [one for one in brands() if one.strength is strength] for strength in Strength}
    chosen = [one for ones in known.values() for one in ones[:: max(1, len(ones) // 6)]]
    words = [f"{one.name} store {place}" for one, place in zip(chosen, itertools.cycle(("berlin", "0231")))]
    words += [one.name for one in chosen[::3]] + [" ".join(one.name for one in chosen[:3]), "zzzz qqqq", "salary march"]
    whole = load_rules()
    for description in words:
        descriptor = build_descriptor(make(description))
        narrow = load_rules(about=descriptor.norm)
        assert narrow.version == whole.version
        assert len(narrow.rules) < len(whole.rules) / 10
        for cues in ({}, {"country": "DE", "mcc": "5812"}, {"country": "US", "mcc": "5411"}):
            transaction = make(description, **cues)
            assert narrow.matching(transaction, descriptor) == whole.matching(transaction, descriptor)
            assert narrow.answer([transaction], [descriptor]) == whole.answer([transaction], [descriptor])
    answered = [bool(whole.matching(make(one), build_descriptor(make(one)))) for one in words]
    assert sum(answered) > len(words) / 2

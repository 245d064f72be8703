"""Rules come from disk with a version that follows their bytes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rules.errors import CrosswalkError, RulesetError
from rules.load import load_rules
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

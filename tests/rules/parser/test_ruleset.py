"""A rule set is read to values, or refused with every line that is wrong."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.condition import All, Amount, InCountry, InDirection, Mcc, MoneyDirection, Not, Text, TextKind
from rules.errors import RulesetError
from rules.parser.ruleset import parse_ruleset
from schemas.taxonomy import Category

HEAD = 'name: mine\nversion: "1.0"\nrules:\n'
GOOD = """\
  - id: landlord
    category: Housing
    priority: 95
    confidence: 0.97
    override: true
    note: the landlord
    when:
      merchant: miete, *wohnbau
      amount: {min: -2000, max: -500.00, sign: outflow}
      mcc: [6513, 6500-6502]
      country: [DE, AT]
      day: 1-5
      weekday: [monday, friday]
      not: {merchant: nebenkosten}
    examples: [Miete Mai]
"""


def parse(rules: str, head: str = HEAD) -> list[str]:
    with pytest.raises(RulesetError) as refused:
        parse_ruleset(head + rules, file="mine.yml")
    return [f"{issue.line}: {issue.message}" for issue in refused.value.issues]


def when(condition: str) -> str:
    return f"  - id: a\n    category: Cash\n    when: {condition}\n"


def test_every_key_is_read() -> None:
    ruleset = parse_ruleset(HEAD + GOOD, file="mine.yml")
    (rule,) = ruleset.rules
    assert (rule.rule_id, rule.category, rule.priority, rule.confidence) == ("landlord", Category("Housing"), 95, 0.97)
    assert (rule.override, rule.note, rule.line) == (True, "the landlord", 4)
    assert isinstance(rule.condition, All)
    parts = rule.condition.parts
    assert Text(TextKind.WORDS, ("miete", "*wohnbau")) in parts
    assert Mcc(frozenset({"6513", "6500", "6501", "6502"})) in parts
    assert Not(Text(TextKind.WORDS, ("nebenkosten",))) in parts
    assert any(isinstance(part, All) and InDirection(MoneyDirection.OUTFLOW) in part.parts for part in parts)
    assert len(parts) == 7
    assert [example.expected for example in ruleset.examples] == [Category("Housing")]


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        pytest.param("  - id: a\n    category: Food\n    when: {mcc: 5411}", "5: 'Food' is no category", id="category"),
        pytest.param("  - id: a\n    when: {mcc: 5411}", "4: a rule needs 'category'", id="missing key"),
        pytest.param("  - id: A!\n    category: Cash\n    when: {mcc: 1111}", "4: expected an id", id="id"),
        pytest.param(when("{mcc: 1111}") * 2, "7: rule 'a' stands in line 4 already", id="id twice"),
        pytest.param(when("{merchnt: rewe}"), "6: unknown key 'merchnt'", id="misspelt key"),
        pytest.param(when("{mcc: 1111, mcc: 2222}"), "6: key 'mcc' stands here twice", id="key twice"),
        pytest.param(when("{}"), "6: a condition that asks nothing", id="empty condition"),
        pytest.param(when("{merchant: REWE}"), "6: 'REWE' can never stand", id="capitals"),
        pytest.param(when("{merchant: h&m}"), "6: 'h&m' can never stand", id="marks"),
        pytest.param(when("{merchant: salt and pepper}"), "6: 'salt and pepper' can never stand", id="dropped word"),
        pytest.param(when("{merchant_exact: acme ltd}"), "6: 'acme ltd' can never be", id="legal form"),
        pytest.param(when("{merchant: '*ab*'}"), "6: '*ab*' is too short", id="short wild text"),
        pytest.param(when("{merchant: 'a*b'}"), "6: 'a*b': '*' may only stand", id="star inside"),
        pytest.param(when("{merchant: [rewe, rewe]}"), "6: 'rewe' stands here twice", id="text twice"),
        pytest.param(when("{merchant_regex: '(a'}"), "6: '(a' is no RE2 regex", id="regex"),
        pytest.param(when("{merchant_regex: '(?=a)b'}"), "6: '(?=a)b' is no RE2 regex", id="lookahead"),
        pytest.param(when("{merchant_regex: '(foo)\\1'}"), "6: '(foo)\\\\1' is no RE2 regex", id="back reference"),
        pytest.param(when("{merchant_regex: '((a{1000}){1000}){1000}'}"), "6: '((a{1000}", id="huge repetition"),
        pytest.param(when("{merchant_regex: 'a*'}"), "6: 'a*' holds for every description", id="regex for all"),
        pytest.param(when("{mcc: 541}"), "6: '541' is no code", id="mcc"),
        pytest.param(when("{mcc: 5814-5812}"), "6: '5814-5812' is no code", id="mcc backwards"),
        pytest.param(when("{amount: {min: 5, max: 1}}"), "6: no amount is at least 5", id="amounts crossed"),
        pytest.param(when("{amount: {min: lots}}"), "6: expected a decimal", id="no amount"),
        pytest.param(when("{amount: {max: .inf}}"), "6: expected a decimal", id="infinite amount"),
        pytest.param(when("{channel: telepathy}"), "6: 'telepathy' is no channel", id="channel"),
        pytest.param(when("{country: Germany}"), "6: 'Germany' is no code", id="country"),
        pytest.param(when("{weekday: someday}"), "6: 'someday' is no weekday", id="weekday"),
        pytest.param(when("{day: 32}"), "6: '32' is no day", id="day"),
        pytest.param(when("{mcc: 1111}") + "    confidence: 1.5", "7: expected a number from 0 to 1", id="confidence"),
        pytest.param(when("{mcc: 1111}") + "    priority: 1.5", "7: expected a whole number", id="priority"),
        pytest.param(when("{mcc: 1111}") + "    override: maybe", "7: expected true or false", id="override"),
        pytest.param("  - [", "4: is not YAML", id="no yaml"),
    ],
)
def test_nonsense_is_refused_with_its_line(rules: str, fault: str) -> None:
    assert any(found.startswith(fault) for found in parse(rules)), parse(rules)


def test_every_fault_is_named_at_once() -> None:
    assert len(parse(when("{mcc: 1, day: 99, channel: x}"))) == 3


@pytest.mark.parametrize("text", ["", "[]", "hello", "name: [", "\x00", "a: &a [*a]", "rules: 1"])
def test_what_is_no_rule_set_is_refused(text: str) -> None:
    with pytest.raises(RulesetError):
        parse_ruleset(text, file="mine.yml")


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_ruleset(HEAD + "  " + text, file="mine.yml")
    except RulesetError as refused:
        assert refused.issues


def laughs(levels: int) -> str:
    """Return a condition whose aliases write it out to 9 to the power of ``levels`` texts."""
    lines = ["    any:", "      - &a0 {merchant: lol}"]
    lines += [f"      - &a{at} {{any: [{', '.join([f'*a{at - 1}'] * 9)}]}}" for at in range(1, levels)]
    return "  - id: laughs\n    category: Cash\n    when:\n" + "".join(f"  {line}\n" for line in lines)


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(laughs(9), id="billion laughs"),
        pytest.param("  - id: a\n    category: Cash\n    when: &a {any: [*a, *a]}\n", id="holds itself twice"),
        pytest.param("  - id: a\n    category: Cash\n    when: {merchant: &a [*a]}\n", id="a list within itself"),
    ],
)
def test_aliases_that_write_out_to_too_much_are_one_fault_at_once(rules: str) -> None:
    (fault,) = parse(rules)
    assert fault == "1: its aliases write it out to more than 100,000 values; write the rules without them"


def test_aliases_that_save_a_few_words_are_read() -> None:
    texts = "  - id: a\n    category: Cash\n    when: {merchant: &shops [one, two]}\n"
    more = "  - id: b\n    category: Dining\n    when: {merchant: *shops}\n"
    first, second = parse_ruleset(HEAD + texts + more, file="mine.yml").rules
    assert first.condition == second.condition


def test_a_text_that_postgres_could_not_keep_is_a_fault() -> None:
    (fault,) = parse(when("{mcc: 5411}").rstrip() + '\n    note: "a\\0b"\n')
    assert fault == "7: holds the character U+0000"


def test_yaml_reads_no_meaning_of_its_own_into_codes_and_numbers() -> None:
    rules = when("{country: [NO, SE], mcc: [0742, 0763-0780], amount: {max: -1_000}}")
    (rule,) = parse_ruleset(HEAD + rules, file="mine.yml").rules
    assert isinstance(rule.condition, All)
    countries, codes, amount = rule.condition.parts
    assert countries == InCountry(frozenset({"NO", "SE"}))
    assert isinstance(codes, Mcc)
    assert {"0742", "0763", "0780"} <= codes.codes
    assert amount == Amount(None, Decimal(-1_000))

"""The engine answers with the strongest rule that holds."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.condition import (
    All,
    Amount,
    AnyOf,
    Condition,
    InDirection,
    Mcc,
    MoneyDirection,
    Not,
    OnChannel,
    Text,
    TextKind,
    holds,
)
from rules.engine import RuleEngine, texts_of
from rules.index import build_index
from rules.ruleset import Rule
from schemas.events.candidate import Candidate, SuggestionSource
from schemas.events.transaction import Channel, Transaction
from schemas.taxonomy import CATEGORIES, Category
from schemas.text.descriptor import build_descriptor

Make = Callable[..., Transaction]
NOON = datetime(2024, 5, 15, 12, tzinfo=UTC)


def words(*literals: str) -> Text:
    return Text(TextKind.WORDS, literals)


def rule(rule_id: str, category: Category, condition: Condition, *, priority: int = 0) -> Rule:
    return Rule(rule_id=rule_id, category=category, condition=condition, confidence=0.9, priority=priority)


RULES = [
    rule("tesco", Category("Groceries"), words("tesco"), priority=60),
    rule("fuel", Category("Fuel & Auto"), words("pfs", "petrol"), priority=80),
    rule("bank", Category("Fees & Interest"), words("tesco bank"), priority=60),
    rule("mcc", Category("Dining"), Mcc(frozenset({"5812"})), priority=65),
    rule("interest-in", Category("Income"), All((words("interest"), InDirection(MoneyDirection.INFLOW))), priority=91),
    rule(
        "interest-out",
        Category("Fees & Interest"),
        All((words("interest"), InDirection(MoneyDirection.OUTFLOW))),
        priority=91,
    ),
    rule("cash", Category("Cash"), AnyOf((words("cashpoint"), OnChannel(frozenset({Channel.ATM})))), priority=90),
    rule("big", Category("Travel"), Amount(None, Decimal(-1000)), priority=5),
    rule("books", Category("Shopping"), All((words("books"), Not(words("school")))), priority=40),
    rule("school", Category("Education"), words("school"), priority=30),
    rule("paul", Category("Dining"), words("paul"), priority=40),
    rule("coffee", Category("Home & Garden"), words("coffee tables"), priority=40),
]
ENGINE = RuleEngine(RULES, version="test-1.0-0")


def ask(engine: RuleEngine, transaction: Transaction) -> Candidate | None:
    return engine.answer([transaction], [build_descriptor(transaction)])[0]


@pytest.mark.parametrize(
    ("line", "fields", "rule_id"),
    [
        pytest.param("TESCO STORES 5504", {}, "tesco", id="a name"),
        pytest.param("TESCO PFS 4203", {}, "fuel", id="the higher priority"),
        pytest.param("TESCO BANK", {}, "bank", id="the longer text"),
        pytest.param("TESCO", {"mcc": "5812"}, "mcc", id="a code above a name"),
        pytest.param("TESCO", {"mcc": "9999"}, "tesco", id="a code that nobody knows"),
        pytest.param("INTEREST", {"amount": "1.00"}, "interest-in", id="money in"),
        pytest.param("INTEREST", {"amount": "-1.00"}, "interest-out", id="money out"),
        pytest.param("INTEREST", {"amount": "0.00"}, None, id="no money"),
        pytest.param("CASHPOINT", {}, "cash", id="one way to hold"),
        pytest.param("", {"channel": Channel.ATM}, "cash", id="the other way to hold"),
        pytest.param("ANYTHING", {"amount": "-1000.00"}, "big", id="a rule without anything to find it by"),
        pytest.param("SCHOOL BOOKS", {}, "school", id="not"),
        pytest.param("PAUL COFFEE TABLES", {}, "paul", id="what opens the description above what is longer"),
        pytest.param("UNHEARD OF", {}, None, id="nobody knows it"),
    ],
)
def test_the_strongest_rule_that_holds_answers(
    make: Make, line: str, fields: dict[str, str], rule_id: str | None
) -> None:
    answer = ask(ENGINE, make(line, **fields))
    assert (None if answer is None else answer.rule_id) == rule_id


def test_an_answer_is_one_shared_object_with_words_of_why(make: Make) -> None:
    first, second = (ask(ENGINE, make(line)) for line in ("TESCO 1111", "tesco store 2222"))
    assert first is second
    assert first is not None
    assert first.source is SuggestionSource.RULES
    assert "tesco" in first.explanations[0].text


def test_what_else_holds_stands_behind_the_answer(make: Make) -> None:
    transaction = make("TESCO PFS", mcc="5812")
    held = ENGINE.matching(transaction, build_descriptor(transaction))
    assert [candidate.rule_id for candidate in held] == ["fuel", "mcc", "tesco"]


LITERALS = st.sampled_from(["tesco", "tesco bank", "pfs", "b", "a b", "petrol"])
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    st.one_of(
        LITERALS.map(words),
        st.sampled_from(
            [Mcc(frozenset({"5812"})), InDirection(MoneyDirection.INFLOW), OnChannel(frozenset({Channel.ATM}))]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        inner.map(Not),
    ),
    max_leaves=6,
)


@given(
    st.lists(st.tuples(CONDITIONS, st.integers(0, 3)), min_size=1, max_size=6),
    st.lists(LITERALS, max_size=3).map(" ".join),
    st.sampled_from([None, "5812"]),
    st.sampled_from([None, Channel.ATM]),
    st.sampled_from(["-1", "1"]),
)
def test_the_answer_is_a_rule_of_the_highest_priority_that_holds(
    written: list[tuple[Condition, int]], line: str, mcc: str | None, channel: Channel | None, amount: str
) -> None:
    rules = [
        rule(f"r{number}", CATEGORIES[number], condition, priority=priority)
        for number, (condition, priority) in enumerate(written)
    ]
    transaction = Transaction(
        schema_version="1.0",
        txn_id="t",
        user_id="u",
        account_id="a",
        occurred_at=NOON,
        amount=amount,
        currency="XXX",
        description=line,
        mcc=mcc,
        channel=channel,
    )
    norm = build_descriptor(transaction).norm
    texts = dict.fromkeys(text for written_rule in rules for text in texts_of(written_rule.condition))
    found = frozenset(hit.text for hit in build_index(texts).find(norm))
    held = {r.rule_id: r.priority for r in rules if holds(r.condition, transaction, found)}
    answer = ask(RuleEngine(rules, version="test"), transaction)
    if not held:
        assert answer is None
    else:
        assert answer is not None
        assert held[str(answer.rule_id)] == max(held.values())

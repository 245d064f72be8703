"""Topic names: what two variables make of the topics, and what is wrong with them."""

import pytest

from schemas.contracts.topic_names import MAX_CHARACTERS, parse_topic_names
from schemas.contracts.topics import NAMES, TOPICS, default_name_of, name_of

KNOWN = ("transactions", "suggestions")


def test_nothing_given_leaves_every_topic_its_default_name() -> None:
    assert (
        [NAMES.name(spec.default_name) for spec in TOPICS]
        == [spec.name for spec in TOPICS]
        == [spec.default_name for spec in TOPICS]
    )
    assert NAMES.faults == ()


def test_the_prefix_stands_before_what_has_no_own_name() -> None:
    names = parse_topic_names("team-a.", " transactions = bank.cards ,", known=KNOWN)
    assert [names.name(one) for one in KNOWN] == ["bank.cards", "team-a.suggestions"]
    assert names.faults == ()


@pytest.mark.parametrize(
    ("prefix", "own", "says"),
    [
        ("a b", "", "use letters, digits"),
        ("ü", "", "use letters, digits"),
        ("x" * 240, "", "at most 219 of them"),
        ("", "cards=a", "there is no topic cards; there are transactions, suggestions"),
        ("", "transactions=", "a topic's name has letters"),
        ("", "transactions=a b", "a topic's name has letters"),
        ("", "transactions=..", "a topic's name has letters"),
        ("", f"transactions={'x' * (MAX_CHARACTERS + 1)}", "at most 249"),
        ("", "transactions", "give a topic and its name"),
        ("", "transactions=a,transactions=b", "transactions is named twice"),
        ("", "transactions=suggestions", "transactions and suggestions have the same name suggestions"),
        ("", "transactions=x,suggestions=x", "have the same name x"),
    ],
)
def test_a_fault_is_one_line_that_names_the_variable(prefix: str, own: str, says: str) -> None:
    names = parse_topic_names(prefix, own, known=KNOWN)
    (fault,) = names.faults
    assert says in fault
    assert fault.startswith("LEDGERMIND_KAFKA_PREFIX" if prefix else "LEDGERMIND_KAFKA_TOPICS")
    assert "\n" not in fault


def test_a_topic_that_is_none_of_ours_keeps_its_name() -> None:
    assert (default_name_of("import:7"), name_of("import:7")) == ("import:7", "import:7")

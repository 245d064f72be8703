"""What ``ledgermind labels next`` promises: merchants that are worth a label, asked of a person, each label landed."""

from typing import Any

import pytest

from tests.promises.events import payment
from tests.promises.stack import Stack
from tests.promises.terminal import at_a_terminal

# Nobody's rules know the first two; how often each is met, by how many users.
SHOPS = {"QUOXIMAR VELDT": (9, 3), "BRANDULIG HESPOR": (5, 5), "TESCO STORES 3021": (20, 4)}


@pytest.fixture(scope="module")
def streamed(stack: Stack) -> None:
    payments = [
        payment(number, f"{shop} {number % 3}", user_id=f"{shop}-{number % users}", txn_id=f"{shop}-{number}")
        for shop, (count, users) in SHOPS.items()
        for number in range(count)
    ]
    with stack.worker(), stack.landing():
        stack.score(payments)
        stack.wait_until_landed("transactions", "suggestions", "suggestion-compare")


def shown(stack: Stack) -> list[dict[str, Any]]:
    found = stack.succeed("labels", "next", "--aim", "coverage", "--json").json
    assert found["transactions"] == sum(count for count, _ in SHOPS.values())
    return list(found["merchants"])


@pytest.mark.promise("merchants whose labels raise coverage most come first", "docs/LABELS.md")
def test_merchants_without_a_suggestion_are_listed_by_how_often_they_are_met(stack: Stack, streamed: None) -> None:
    found = {one["merchant_key"]: (one["without_suggestion"], one["users"]) for one in shown(stack)}
    assert list(found.items()) == [("quoximar veldt", (9, 3)), ("brandulig hespor", (5, 5))]
    summary = stack.succeed("labels", "next", "--json").json
    assert summary["coverage"] == {"without": 20 / 34, "with_labels": 1.0}
    assert summary["aim"] == "coverage"  # there is no canary to decide on
    words = stack.succeed("labels", "next", "--n", "1").stdout
    assert "quoximar veldt" in words
    assert "coverage: 0.588; if these merchants get a suggestion: 0.853" in words
    assert "brandulig" not in words


@pytest.mark.promise("Without a terminal `--ask` sends nothing", "docs/LABELS.md")
def test_nobody_is_asked_without_a_terminal(stack: Stack, streamed: None) -> None:
    done = stack.run("labels", "next", "--ask")
    assert done.code == 2
    assert "ledgermind feedback import FILE" in done.stderr


@pytest.mark.promise("each answer is sent at once", "docs/LABELS.md")
def test_a_label_given_at_a_terminal_lands_and_its_merchant_is_asked_for_no_more(stack: Stack, streamed: None) -> None:
    words = ("labels", "next", "--aim", "coverage", "--ask")
    with at_a_terminal(*words, directory=stack.folder, variables=stack.environment({})) as terminal:
        terminal.wait_for("ends): ")
        terminal.type_line("tr")  # Transport, Travel and Transfers begin so
        terminal.wait_for("several begin with it")
        terminal.type_line("travel")
        terminal.wait_for("2 of 2")
        terminal.type_line("q")
        terminal.wait_for("1 labels sent")
        assert terminal.exit_code() == 0
    question = terminal.said[terminal.said.index("1 of 2") :]
    assert "QUOXIMAR VELDT" in question
    assert "Groceries" not in question.partition("Category")[0]  # nobody is told what rules or model say
    with stack.landing():
        stack.wait_until_landed("suggestion-feedback")
    assert stack.sql("select label, source, txn_id like 'QUOX%%' from raw.transaction_labels") == [
        ("Travel", "human", True)
    ]
    assert [one["merchant_key"] for one in shown(stack)] == ["brandulig hespor"]

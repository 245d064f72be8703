"""What ``ledgermind labels next`` promises: merchants that are worth a label, asked of a person, each label landed."""

import os
import pty
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from ops.patience import patience_seconds, wait_for
from tests.promises.events import payment
from tests.promises.program import LEDGERMIND, environment
from tests.promises.stack import Stack

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


@contextmanager
def at_a_terminal(stack: Stack, *arguments: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Run a command at a terminal of its own; yield the terminal and the program."""
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            [str(LEDGERMIND), *arguments],
            env=environment(stack.environment({})),
            cwd=stack.folder,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        ) as running:
            os.close(theirs)
            os.set_blocking(ours, False)
            yield ours, running
    finally:
        os.close(ours)


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
    with at_a_terminal(stack, "labels", "next", "--aim", "coverage", "--ask") as (terminal, running):
        said = bytearray()

        def has_said(words: str) -> bool:
            with suppress(OSError):  # nothing yet, or nobody at the other end any more
                said.extend(os.read(terminal, 65_536))
            assert words.encode() in said or running.poll() is None, said.decode()
            return words.encode() in said

        wait_for(lambda: has_said("ends): "), lambda: f"question in {said.decode()}")
        os.write(terminal, b"tr\n")  # Transport, Travel and Transfers begin so
        wait_for(lambda: has_said("several begin with it"), lambda: f"refusal in {said.decode()}")
        os.write(terminal, b"travel\n")
        wait_for(lambda: has_said("2 of 2"), lambda: f"next question in {said.decode()}")
        os.write(terminal, b"q\n")
        wait_for(lambda: has_said("1 labels sent"), lambda: f"end in {said.decode()}")
        assert running.wait(patience_seconds()) == 0
    question = said.decode()[said.decode().index("1 of 2") :]
    assert "QUOXIMAR VELDT" in question
    assert "Groceries" not in question.partition("Category")[0]  # nobody is told what rules or model say
    with stack.landing():
        stack.wait_until_landed("suggestion-feedback")
    assert stack.sql("select label, source, txn_id like 'QUOX%%' from raw.transaction_labels") == [
        ("Travel", "human", True)
    ]
    assert [one["merchant_key"] for one in shown(stack)] == ["brandulig hespor"]

"""What the short commands of the model promise: an answer in seconds, and a report on labels that were not learned."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.promises.conftest import RunCommand
from tests.promises.passed_release import write_passed_release
from tests.promises.stack import Stack

LEARNED_UNTIL = datetime(2026, 1, 15, tzinfo=UTC)  # as the release says of itself


@pytest.mark.promise(
    "Ask the newest release and the running worker for one prediction each.", "ledgermind smoke --help"
)
def test_a_smoke_test_asks_the_release_and_a_worker_that_runs(stack: Stack) -> None:
    version = write_passed_release(stack.registry)
    with stack.worker() as worker:
        asked = stack.succeed("smoke", "--worker", worker.url, "--json").json
        assert (asked["model_version"], asked["worker"]) == (version, worker.url)
        (suggestion,) = [one.json for one in stack.read("suggestions") if one.json["user_id"] == "demo-smoke"]
        assert (suggestion["category"], suggestion["source"]) == (asked["worker_category"], asked["worker_source"])
    alone = stack.succeed("smoke", "--worker", worker.url)
    assert version in alone.stdout
    assert "nobody says ready there, so it was not asked" in alone.stdout


@pytest.mark.promise("1 no release loads or no suggestion comes.", "ledgermind smoke --help")
def test_a_smoke_test_without_a_release_says_what_to_do(run: RunCommand) -> None:
    done = run("smoke")
    assert (done.code, done.stdout) == (1, "")
    assert "run `ledgermind train`" in done.stderr


@pytest.mark.slow
@pytest.mark.promise(
    "Compare a release with labels that were first observed after its training. Labels that a rule made are left out.",
    "ledgermind evaluate --help",
)
@pytest.mark.promise("2 there is no such label yet", "ledgermind evaluate --help")
@pytest.mark.promise("2 there is no such label yet", "ledgermind evaluate --help")
def test_a_release_is_evaluated_on_what_it_has_not_learned_and_on_nothing_else(stack: Stack) -> None:
    version = write_passed_release(stack.registry)
    old, new = LEARNED_UNTIL - timedelta(days=1), LEARNED_UNTIL + timedelta(days=1)
    load(stack, "learned", [(f"old-{n}", old, "Dining") for n in range(30)])
    as_of = ("--as-of", (new + timedelta(days=1)).isoformat())
    stack.run("warehouse", "build", "--select", "+int_settled_labels", *as_of)
    none_yet = stack.run("evaluate", *as_of)
    assert (none_yet.code, none_yet.stdout) == (2, "")
    assert f"until when {version} learned" in none_yet.stderr

    load(stack, "new", [(f"new-{n}", new, "Groceries" if n < 30 else "Dining") for n in range(40)])
    stack.sql(  # a correction of a label that was learned: the release has seen this transaction's answer
        "insert into raw.transaction_labels (label_event_id, txn_id, user_id, account_id, label, source, observed_at)"
        " select label_event_id || '-again', txn_id, user_id, account_id, 'Groceries', 'human', %s"
        " from raw.transaction_labels where txn_id like 'old-%%'",
        new,
    )
    stack.sql(  # a rule's word settles above an import's
        "insert into raw.transaction_labels (label_event_id, txn_id, user_id, account_id, label, source, observed_at)"
        " values ('a-rule', 'new-0', 'ann', 'card', 'Groceries', 'rule', %s)",
        new,
    )
    stack.run("warehouse", "build", "--select", "+int_settled_labels", *as_of)
    found = stack.succeed("evaluate", *as_of, "--json").json
    assert (found["model_version"], found["rows"]) == (version, 39)
    assert found["accuracy"] == pytest.approx(29 / 39, abs=1e-6)  # tesco is groceries to this release
    assert "Dining" in stack.succeed("evaluate", *as_of).stdout


def load(stack: Stack, name: str, rows: list[tuple[str, datetime, str]]) -> None:
    """Import purchases at one grocer with the labels that are given, observed at their own time."""
    path = Path(stack.folder) / f"{name}.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ("txn_id", "user_id", "account_id", "occurred_at", "amount", "currency", "description", "category")
        )
        for txn_id, at, category in rows:
            writer.writerow((txn_id, "ann", "card", at.isoformat(), "-30.00", "GBP", "TESCO 3021", category))
    stack.succeed("import", str(path), "--label-delay", "0d")

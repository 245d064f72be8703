"""What ``ledgermind feedback`` promises: each word lands, once, as what it says."""

from pathlib import Path

import pytest

from tests.promises.events import payment
from tests.promises.stack import Stack

SAID = "select action, category, source from raw.suggestion_feedback where user_id = %s order by action"


def write(folder: Path, name: str, *rows: str) -> None:
    (folder / name).write_text("\n".join(("action,user_id,txn_id,category,given_at", *rows)) + "\n")


@pytest.mark.slow
@pytest.mark.promise("feedback of one user with the same id counts once", "ledgermind feedback correct --help")
def test_each_word_lands_and_a_label_is_made_of_it_once(stack: Stack) -> None:
    with stack.worker():
        stack.score([payment(number, user_id="ann", txn_id=f"ann-{number}") for number in range(4)])
    who = ("--user", "ann", "--txn")
    stack.succeed("feedback", "accept", *who, "ann-0", "--category", "Groceries")
    stack.succeed("feedback", "reject", *who, "ann-1")
    stack.succeed("feedback", "label", *who, "ann-3", "--category", "Travel", "--source", "import")
    for _ in range(3):
        named = ("--feedback-id", "mine", "--at", "2026-06-01T12:00Z")
        stack.succeed("feedback", "correct", *who, "ann-2", "--category", "Travel", *named)
    with stack.landing():
        stack.wait_until_landed("transactions", "suggestions", "suggestion-feedback")
    said = stack.sql(SAID, "ann")
    assert set(said) == {
        ("accept", "Groceries", "human"),
        ("correct", "Travel", "human"),
        ("label", "Travel", "import"),
        ("reject", None, "human"),
    }
    labels = "select txn_id, label from raw.transaction_labels where user_id = 'ann' order by 1"
    assert stack.sql(labels) == [("ann-0", "Groceries"), ("ann-2", "Travel"), ("ann-3", "Travel")]


@pytest.mark.promise("a file that is sent twice counts once", "ledgermind feedback import --help")
def test_a_file_that_is_sent_twice_counts_once(stack: Stack) -> None:
    rows = (
        "correct,bea,bea-1,Travel,2026-06-01T12:00Z",
        "reject,bea,bea-2,,2026-06-01T12:00Z",
        "label,bea,bea-3,Fuel & Auto,2026-06-02",
    )
    write(stack.folder, "feedback.csv", *rows)
    for _ in range(2):
        assert stack.succeed("feedback", "import", "feedback.csv", "--json").json["delivered"] == 3
    with stack.landing():
        stack.wait_until_landed("suggestion-feedback")
    ids = "select count(*), count(distinct feedback_id) from raw.suggestion_feedback where user_id = 'bea'"
    assert stack.sql(ids)[0][1] == 3
    assert stack.sql("select count(*) from raw.transaction_labels where user_id = 'bea'") == [(2,)]


@pytest.mark.slow
@pytest.mark.promise(
    "A hint is proposed where a user's last corrections of one merchant name the same category",
    "ledgermind hint propose --help",
)
def test_corrections_that_agree_propose_a_hint_that_can_be_imported(stack: Stack) -> None:
    lines = ("SQ *CAFE LUNA 1", "CAFE LUNA 2", "TESCO STORES 3021")
    payments = [payment(n, line, user_id="dan", txn_id=f"dan-{n}") for n, line in enumerate(lines)]
    stack.publish("transactions", payments)
    for number in range(3):
        stack.succeed("feedback", "correct", "--user", "dan", "--txn", f"dan-{number}", "--category", "Travel")
    with stack.landing():
        stack.wait_until_landed("transactions", "suggestion-feedback")
    proposed = stack.succeed("hint", "propose").stdout
    assert proposed == "user_id,merchant,preference,category\ndan,cafe luna,always,Travel\n"
    (stack.folder / "proposed.csv").write_text(proposed)
    stack.succeed("hint", "import", "proposed.csv")
    assert "dan, cafe luna: always Travel" in stack.succeed("hint", "list", "--user", "dan").stdout
    with stack.landing():
        stack.wait_until_landed("user-hints")
    assert stack.succeed("hint", "propose", "--json").stdout == ""


@pytest.mark.promise("all of it, or nothing where a row is wrong", "ledgermind feedback import --help")
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param(("accept", "--user", "u", "--txn", "t"), 2, "--category", id="an accept of nothing"),
        pytest.param(("reject", "--user", "", "--txn", "t"), 2, "user_id", id="no user"),
        pytest.param(("reject", "--user", "u", "--txn", "t", "--at", "noon"), 2, "--at", id="no time"),
        pytest.param(("import", "bad.csv"), 3, "nothing was sent", id="a wrong row"),
        pytest.param(("import", "columns.csv"), 2, "columns.csv", id="wrong columns"),
    ],
)
def test_what_is_no_feedback_is_refused_in_one_line(
    stack: Stack, arguments: tuple[str, ...], code: int, words: str
) -> None:
    write(stack.folder, "bad.csv", "reject,cy,cy-1,,2026-06-01", "praise,cy,cy-2,,2026-06-01", "reject,cy,cy-3,,")
    (stack.folder / "columns.csv").write_text("who,what\n")
    done = stack.run("feedback", *arguments)
    assert (done.code, words in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr
    assert not [one for one in stack.read("suggestion-feedback") if one.json["user_id"] == "cy"]

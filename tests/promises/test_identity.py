"""Equal ids: two users' and two accounts' transactions of the same number are never one, from the file to training."""

import pytest

from ops.patience import wait_for
from tests.promises.events import feedback, payment
from tests.promises.program import Finished
from tests.promises.stack import Stack

# Both banks number from 1, as banks do; Ann has two of them.
HEADER = "No,Date,Description,Amount,Category\n"
BANK_A = HEADER + "1,2024-01-05,CORNER BOOKSHOP,-14.00,Shopping\n2,2024-01-06,CITY TRAMS,-2.80,Transport\n"
BANK_B = HEADER + "1,2024-01-05,VET CLINIC,-80.00,Services\n2,2024-01-09,PAYROLL ACME LTD,2100.00,Income\n"
OWNERS = [("ann", "giro", BANK_A), ("ann", "card", BANK_B), ("bob", "giro", BANK_B)]
COLUMNS = "txn_id=No,occurred_at=Date,description=Description,amount=Amount,category=Category"
STREAMED = [("cleo", "giro", "TESCO STORES 3021"), ("cleo", "card", "SHELL 77"), ("dan", "giro", "NETFLIX.COM")]
RECORDS = 2 * len(STREAMED)
SCORED = {
    "transactions": RECORDS,
    "suggestion_events": RECORDS,
    "suggestion_compare": RECORDS,
    "suggestion_feedback": 4,
}
STREAM = {"transactions": "where origin = 'stream'"}


@pytest.fixture(scope="module")
def landed(stack: Stack) -> Stack:
    """Return a warehouse with three imports, six scored records and what was said of them."""
    for user, account, text in OWNERS:
        file = stack.folder / f"{user}-{account}.csv"
        file.write_text(text)
        stack.succeed("import", str(file), "--map", COLUMNS, "--user-id", user, "--account-id", account)
    with stack.worker(), stack.landing():
        stack.score(
            payment(number, wording, txn_id=txn_id, user_id=user, account_id=account)
            for number, (user, account, wording) in enumerate(STREAMED)
            for txn_id in ("1", "2")
        )
        shown = {(s.json["user_id"], s.json["account_id"], s.json["txn_id"]): s.json for s in stack.read("suggestions")}
        said = [
            feedback(shown["cleo", "giro", "1"], "correct", category="Dining"),
            feedback(shown["cleo", "card", "1"], "correct", category="Cash", event_id=None, account_id="card"),
            feedback(shown["cleo", "card", "2"], "correct", category="Travel", event_id=None),  # either's
            feedback(shown["dan", "giro", "2"], "correct", category="Cash", event_id=None),
        ]
        stack.publish("suggestion-feedback", said)
        wait_until_held(stack, SCORED)
    return stack


@pytest.fixture(scope="module")
def replayed(landed: Stack) -> Finished:
    """Return a replay of everything that was scored."""
    return landed.run("replay", "--json")


@pytest.fixture(scope="module")
def built(landed: Stack, replayed: Finished) -> Stack:
    """Return the warehouse, built after one record of each topic was delivered again at another offset."""
    with landed.landing():
        for topic in ("transactions", "suggestions", "suggestion-compare", "suggestion-feedback"):
            landed.publish(topic, [landed.read(topic)[0].json])
        wait_until_held(landed, {table: count + 1 for table, count in SCORED.items()})
    landed.succeed("features", "--days", "4000")
    landed.succeed("warehouse", "build")
    return landed


def wait_until_held(stack: Stack, wanted: dict[str, int]) -> None:
    """Wait until the raw tables hold so many rows of the stream."""

    def held() -> dict[str, int]:
        return {table: stack.sql(f"select count(*) from raw.{table} {STREAM.get(table, '')}")[0][0] for table in wanted}

    wait_for(lambda: held() == wanted, lambda: f"landing of {wanted}: there are {held()}")


@pytest.mark.slow
@pytest.mark.promise("equal ids of two users or accounts are two transactions", "docs/DATA_QUALITY.md")
def test_each_account_keeps_its_own_transactions_suggestions_labels_and_training_rows(built: Stack) -> None:
    owners = sorted({*((user, account) for user, account, _ in OWNERS), *((u, a) for u, a, _ in STREAMED)})
    held = built.sql("select user_id, account_id, count(*) from staging.stg_transactions group by 1, 2 order by 1, 2")
    assert held == [(user, account, 2) for user, account in owners]
    compared = built.sql(
        "select user_id, account_id, count(*) from marts.fct_suggestion_compare group by 1, 2 order by 1, 2"
    )
    assert compared == [(user, account, 2) for user, account, _ in sorted(STREAMED)]
    trained = built.sql(
        "select user_id, account_id, txn_id, description, label from marts.fct_training_view order by 1, 2, 3"
    )
    assert trained == [
        ("ann", "card", "1", "VET CLINIC", "Services"),
        ("ann", "card", "2", "PAYROLL ACME LTD", "Income"),
        ("ann", "giro", "1", "CORNER BOOKSHOP", "Shopping"),
        ("ann", "giro", "2", "CITY TRAMS", "Transport"),
        ("bob", "giro", "1", "VET CLINIC", "Services"),
        ("bob", "giro", "2", "PAYROLL ACME LTD", "Income"),
        ("cleo", "card", "1", "SHELL 77", "Cash"),
        ("cleo", "giro", "1", "TESCO STORES 3021", "Dining"),
        ("dan", "giro", "2", "NETFLIX.COM", "Cash"),
    ]


@pytest.mark.promise("Where more than one account fits, the feedback is refused as `ambiguous`", "docs/DATA_QUALITY.md")
def test_feedback_that_fits_two_accounts_is_refused_counted_and_stays_so(built: Stack) -> None:
    refused = built.sql("select user_id, txn_id, resolution from intermediate.int_feedback where account_id is null")
    assert refused == [("cleo", "2", "ambiguous")]
    assert built.sql("select sum(refused) from marts.mart_suggestions_feedback_daily") == [(1,)]
    built.succeed("warehouse", "build", "--full-refresh")
    assert built.sql("select sum(refused) from marts.mart_suggestions_feedback_daily") == [(1,)]


@pytest.mark.promise("that was delivered again counts once", "docs/DATA_QUALITY.md")
def test_what_was_delivered_again_counts_once(built: Stack) -> None:
    staged = {
        table: built.sql(f"select count(*) from staging.stg_{name} where user_id in ('cleo', 'dan')")[0][0]
        for table, name in {
            "transactions": "transactions",
            "suggestion_events": "suggestions",
            "suggestion_compare": "comparisons",
            "suggestion_feedback": "feedback",
        }.items()
    }
    assert staged == SCORED
    assert built.sql("select sum(suggestions) from marts.mart_suggestions_kpis") == [(RECORDS,)]


@pytest.mark.promise("the events must be those that were written", "ledgermind replay --help")
def test_a_replay_writes_the_same_events_for_each_account(replayed: Finished) -> None:
    assert replayed.code == 0, replayed.stderr
    assert (replayed.json["is_identical"], replayed.json["identical"]) == (True, RECORDS)


@pytest.mark.promise("Events that were delivered again count once", "ledgermind replay --help")
def test_a_replay_counts_events_that_were_delivered_again_once(built: Stack) -> None:
    found = built.run("replay", "--json").json
    assert (found["identical"], found["differing"]) == (RECORDS, 0)
    assert found["left_out"] == {"not_written": 1}  # the transaction that came again, which no worker answered


@pytest.mark.promise("Load the other rows if some are refused.", "ledgermind import --help")
@pytest.mark.promise("refused rows are named by line.", "ledgermind import --help")
def test_an_import_is_all_or_nothing_unless_told_otherwise_and_loads_a_file_once(stack: Stack) -> None:
    rows = "f-1,2024-01-02,TESCO,-1.00,Groceries\nf-2,yesterday,TESCO,-1.00,Groceries\n"
    (stack.folder / "part.csv").write_text(HEADER + rows)

    def loaded() -> list[str]:
        return [row[0] for row in stack.sql("select txn_id from raw.transactions where user_id = 'fay'")]

    words = ("import", "part.csv", "--map", COLUMNS, "--user-id", "fay")
    refused = stack.run(*words)
    assert (refused.code, loaded()) == (3, [])
    assert "line 3" in refused.stderr
    for _ in range(2):
        stack.succeed(*words, "--skip-refused")
        assert loaded() == ["f-1"]


@pytest.mark.promise("exports that overlap load each transaction once", "ledgermind import --help")
@pytest.mark.promise("Money is never guessed", "docs/BAD_INPUT.md")
def test_exports_without_ids_that_overlap_load_each_transaction_once_with_its_sign(stack: Stack) -> None:
    coffee, tram, pay = "2024-01-05,CAFE,4.00,", "2024-02-05,TRAM,2.80,", "2024-02-28,ACME,,2100.00"
    columns = "occurred_at=Date,description=Text,amount_out=Out,amount_in=In"
    counted = []
    for name, rows in (("one.csv", (coffee, coffee, tram)), ("two.csv", (coffee, coffee, tram, pay))):
        (stack.folder / name).write_text("\n".join(("Bank of X", "", "Date,Text,Out,In", *rows)) + "\n")
        done = stack.succeed("import", name, "--map", columns, "--user-id", "gil", "--json")
        counted.append((done.json["transactions"], done.json["known"]))
    assert counted == [(3, 0), (1, 3)]
    once = "(select distinct txn_id, amount from raw.transactions where user_id = 'gil') as once"
    loaded = stack.sql(f"select amount::text from {once} order by once.amount")
    assert [float(amount) for (amount,) in loaded] == [-4.0, -4.0, -2.8, 2100.0]


@pytest.mark.promise("Rows whose id is in the warehouse already, or earlier in", "ledgermind import --help")
def test_a_row_that_repeats_an_id_is_refused_with_another_amount_else_counted(stack: Stack) -> None:
    def imported(name: str, rows: str, account: str) -> Finished:
        (stack.folder / name).write_text(HEADER + rows)
        return stack.succeed("import", name, "--map", COLUMNS, "--user-id", "eve", "--account-id", account, "--json")

    january = imported("january.csv", "1,2024-01-05,CAFE,-4.00,Dining\n2,2024-01-31,BAKER,-2.00,Groceries\n", "giro")
    overlapping = "2,2024-01-31,BAKER,-2.00,Groceries\n1,2024-02-05,CAFE,-4.00,Dining\n3,2024-02-07,TRAM,-2.00,\n"
    february = imported("february.csv", overlapping, "giro")
    elsewhere = imported("card.csv", overlapping, "card")
    counted = [(one.json["repeated_ids"], one.json["changed_rows"]) for one in (january, february, elsewhere)]
    assert counted == [(0, 0), (2, 1), (0, 0)]
    (stack.folder / "march.csv").write_text(HEADER + "1,2024-01-05,CAFE,-4.20,Dining\n")
    words = ("import", "march.csv", "--map", COLUMNS, "--user-id", "eve", "--account-id", "giro")
    refused = stack.run(*words)
    assert refused.code == 3
    assert "line 2: txn_id: names a transaction of another amount or currency" in refused.stderr
    assert f"of import {february.json['import_id']}" in refused.stderr
    assert (stack.succeed(*words, "--skip-refused", "--json").json["transactions"]) == 0

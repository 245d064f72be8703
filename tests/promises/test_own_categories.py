"""Own categories: one file, and all that is suggested, published and moved is of its categories."""

import json
from pathlib import Path

import jsonschema
import pytest

from tests.promises.conftest import RunCommand
from tests.promises.events import feedback, payment
from tests.promises.stack import Stack

FILE = Path(__file__).parents[2] / "docs" / "examples" / "taxonomies" / "household.yml"
OWN = {"LEDGERMIND_TAXONOMY": str(FILE)}
IDS = {
    "food", "home", "getting-around", "shopping", "health-and-care", "leisure", "obligations", "family", "money-in",
}  # fmt: skip
LINES = ("TESCO STORES 3021", "PIZZA HUT", "ATM CASH WITHDRAWAL", "NETFLIX", "QQQQ ZZZZ")


def validator(stack: Stack, topic: str, **variables: str) -> jsonschema.Draft202012Validator:
    """Return what judges events by the schema that an installation writes of itself."""
    folder = stack.folder / f"contracts-{len(variables)}"
    stack.succeed("schemas", "write", "--out", str(folder), **variables)
    return jsonschema.Draft202012Validator(json.loads((folder / "jsonschema" / f"{topic}.json").read_text()))


@pytest.mark.slow
@pytest.mark.promise(
    "`category`, in suggestions, comparisons, feedback and hints, is one of your ids, and `taxonomy_version` is your "
    "version.",
    "docs/TAXONOMY.md",
)
@pytest.mark.promise("Each event names the taxonomy version that it was made under", "docs/TAXONOMY.md")
@pytest.mark.promise("`ledgermind rollout init --new-taxonomy` begins a new rollout", "docs/TAXONOMY.md")
@pytest.mark.promise("moves labels of a CSV, labels of the warehouse and hints", "docs/TAXONOMY.md")
def test_an_installation_goes_over_to_nine_categories_with_its_hints(stack: Stack) -> None:
    default = validator(stack, "suggestions")
    own = validator(stack, "suggestions", **OWN)
    with stack.worker("before"):
        stack.succeed("hint", "set", "--user", "fan", "--merchant", "QQQQ ZZZZ", "--always", "Dining")
        stack.succeed("hint", "set", "--user", "loser", "--merchant", "QQQQ ZZZZ", "--never", "Cash")
        stack.score([payment(number, LINES[number % 5], user_id="fan") for number in range(25)])
    lost = stack.run("taxonomy", "migrate", "default", str(FILE), "--hints")
    assert (lost.code, lost.stderr.count("\n")) == (2, 1)
    assert "would be lost: Cash 1 labels" in lost.stderr
    stack.succeed("taxonomy", "migrate", "default", str(FILE), "--hints", "--to", "Cash=money-in")
    hints = stack.succeed("hint", "list", "--json", **OWN).stdout.splitlines()
    assert {json.loads(line)["category"] for line in hints} == {"food", "money-in"}
    with stack.worker("after", **OWN):
        stack.succeed("rollout", "init", "--new-taxonomy", **OWN)
        stack.score([payment(number, LINES[number % 5], user_id="fan") for number in range(25, 50)])
    said = [record.json for record in stack.read("suggestions")]
    assert (len(said), len({one["event_id"] for one in said})) == (50, 50)
    assert stack.read("transactions-dlq") == []
    before = [one for one in said if one["taxonomy_version"] == "1.0"]
    after = [one for one in said if one["taxonomy_version"] == "household-1"]
    assert (len(before), len(after)) == (25, 25)
    for one in before:
        default.validate(one)
    for one in after:
        own.validate(one)
    assert {one["category"] for one in before} >= {"Groceries", "Dining"}
    assert {one["category"] for one in after} <= IDS | {None}
    hinted = {one["category"] for one in after if int(one["txn_id"].rpartition("-")[2]) % 5 == 4}
    assert hinted == {"food"}


@pytest.mark.slow
@pytest.mark.promise(
    "Feedback that names a category of the old taxonomy is a reject of landing once landing has the new file.",
    "docs/TAXONOMY.md",
)
@pytest.mark.promise(
    "It is not lost: `ledgermind landing rejects retry` under the old file lands it", "docs/TAXONOMY.md"
)
def test_feedback_on_its_way_is_landed_under_the_file_that_it_was_given_under(stack: Stack) -> None:
    kept = {"event_id": None, "account_id": "card"}
    old, new = (
        feedback(
            {"txn_id": f"late-{category}", "user_id": "late", "category": category, "event_id": category}, "accept"
        )
        | kept
        for category in ("Dining", "food")
    )
    with stack.landing(**OWN):
        stack.publish("suggestion-feedback", [old, new], key="late")
        stack.wait_until_landed("suggestion-feedback")
    landed = "select category from raw.suggestion_feedback where user_id = 'late' order by category"
    assert stack.sql(landed) == [("food",)]
    assert stack.succeed("landing", "rejects", "retry", "--all", "--json").json["landed"] == 1
    assert stack.sql(landed) == [("Dining",), ("food",)]
    assert stack.sql("select label from raw.transaction_labels where user_id = 'late' order by 1") == [
        ("Dining",),
        ("food",),
    ]


@pytest.mark.promise("A default category that is mapped to null answers nothing", "docs/TAXONOMY.md")
def test_what_is_mapped_to_nothing_is_served_as_nothing_else(run: RunCommand) -> None:
    line = ("rules", "explain", "ATM CASH WITHDRAWAL", "--json")
    assert run(*line).json["answer"]["category"] == "Cash"
    assert run(*line, **OWN).json["answer"] is None
    assert run("rules", "explain", "TESCO STORES", "--json", **OWN).json["answer"]["category"] == "food"


@pytest.mark.promise("says every fault, else what is mapped to what", "docs/TAXONOMY.md")
def test_a_bad_file_is_refused_by_every_command_in_one_line(run: RunCommand, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yml"
    bad.write_text(FILE.read_text().replace("id: home\n", "id: food\n"))
    checked = run("taxonomy", "check", str(bad))
    assert checked.code == 2
    assert f"{bad}: the id 'food' stands twice: each category has its own" in checked.stdout.splitlines()
    for words in (("rules", "check"), ("worker",), ("up",)):
        refused = run("--taxonomy", str(bad), *words)
        assert (refused.code, refused.stderr.count("\n")) == (2, 1), refused.stderr
        assert "the id 'food' stands twice" in refused.stderr

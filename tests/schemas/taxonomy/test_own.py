"""A process with a taxonomy of its own: commands answer in its categories, and what it leaves out answers nothing."""

import json
from pathlib import Path

import pytest

from tests.support import taxonomies
from tests.support.taxonomies import run

OWN_RULES = """
name: mine
version: "1.0"
crosswalks:
  known_brands: {priority: 70}
rules:
  - {id: own-id, category: body, priority: 90, when: {merchant: barber}}
  - {id: own-name, category: Getting around, priority: 90, when: {merchant: scooter}}
  - {id: a-default, category: Dining, priority: 90, when: {merchant: canteen}}
  - {id: left-out, category: Cash, priority: 90, when: {merchant: notes}, examples: [NOTES 5]}
examples:
  - {description: TESCO, expect: Groceries}
  - {description: TESCO NOTES, expect: nothing}
"""


@pytest.fixture(scope="module")
def household(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("taxonomy") / "household.yml"
    file.write_text(taxonomies.household(), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("taxonomy") / "shops.yml"
    file.write_text(taxonomies.split_shopping(), encoding="utf-8")
    return file


def explain(description: str, taxonomy: Path, *more: str) -> str | None:
    words = ["rules", "explain", description, "--json", *more]
    answer = run("-m", "ops.cli", "--taxonomy", str(taxonomy), *words)
    assert answer.returncode == 0, answer.stderr
    said = json.loads(answer.stdout)["answer"]
    return None if said is None else str(said["category"])


def test_many_defaults_are_one_of_ours(household: Path) -> None:
    assert explain("TESCO STORES", household) == "food"
    assert explain("PIZZA HUT", household) == "food"


def test_a_default_that_is_left_out_answers_nothing_and_never_something_else(household: Path, shops: Path) -> None:
    assert explain("CASH WITHDRAWAL ATM", household) is None
    assert explain("ZARA LONDON", shops) is None
    assert explain("TESCO STORES", shops) == "Groceries"
    assert explain("ZARA LONDON", shops, "--mcc", "5411") is None  # the code below the brand does not step in


def test_the_shipped_rules_hold_what_they_promise_in_other_words(household: Path, shops: Path) -> None:
    for taxonomy, says in ((household, "rules for Cash answer nothing"), (shops, "rules for Shopping answer nothing")):
        tested = run("-m", "ops.cli", "rules", "test", "--taxonomy", str(taxonomy))
        assert (tested.returncode, tested.stderr) == (0, "")
        checked = run("-m", "ops.cli", "rules", "check", taxonomy=taxonomy)
        assert says in checked.stdout
        silent = json.loads(run("-m", "ops.cli", "rules", "check", "--json", taxonomy=taxonomy).stdout)["silent"]
        assert len(silent) == 1


def test_a_rule_file_names_own_categories_beside_default_ones(household: Path, tmp_path: Path) -> None:
    file = tmp_path / "rules.yml"
    file.write_text(OWN_RULES, encoding="utf-8")
    tested = run("-m", "ops.cli", "rules", "test", str(file), taxonomy=household)
    assert (tested.returncode, tested.stderr) == (0, "")
    said = {text: explain(text, household, "--rules", str(file)) for text in ("BARBER", "SCOOTER", "CANTEEN", "NOTES")}
    assert said == {"BARBER": "body", "SCOOTER": "getting-around", "CANTEEN": "food", "NOTES": None}
    refused = run("-m", "ops.cli", "rules", "test", str(file))
    assert refused.returncode == 1
    assert "'body' is no category" in refused.stderr


def test_the_version_of_the_rules_names_what_they_answer(household: Path, shops: Path) -> None:
    versions = [
        json.loads(run("-m", "ops.cli", "rules", "check", "--json", taxonomy=taxonomy).stdout)["version"]
        for taxonomy in (None, household, shops)
    ]
    assert len(set(versions)) == 3


@pytest.mark.parametrize("count", [2, 70])
def test_a_release_of_few_and_of_many_categories_is_trained_checked_and_asked(count: int, tmp_path: Path) -> None:
    """Seventy are more than a machine word has bits."""
    taxonomy, registry = tmp_path / "own.yml", tmp_path / "registry"
    taxonomy.write_text(taxonomies.of(count), encoding="utf-8")
    made = run("-m", "tests.support.release_of_taxonomy", str(registry), "2500", taxonomy=taxonomy)
    assert made.returncode == 0, made.stderr
    told = json.loads(made.stdout)
    assert (told["taxonomy"], told["categories"]) == (f"ledger-{count}", count)
    assert told["accuracy"] > 0.95

    ask = ("-m", "ops.cli", "predict", "BABABABA TRADING 1234", "--registry", str(registry))
    answer = run(*ask, "--json", taxonomy=taxonomy)
    assert answer.returncode == 0, answer.stderr
    assert "0000/ledger" in answer.stdout
    checked = run("-m", "ops.cli", "verify-calibrator", "--registry", str(registry), taxonomy=taxonomy)
    assert checked.returncode == 0, checked.stderr

    other = run(*ask)
    assert other.returncode == 1
    assert f"taxonomy ledger-{count} is not this program's 1.0" in other.stderr

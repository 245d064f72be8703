"""What a training promises: it says what it judged, and never passes what it could not judge."""

import csv
import json
import shutil
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from tests.promises.program import Finished
from tests.promises.stack import Stack

pytestmark = pytest.mark.timeout(900)  # an import, a build of the warehouse and a training
FIRST: Final = datetime(2025, 1, 1, tzinfo=UTC)
DAYS: Final = 364
AS_OF: Final = "--as-of=2026-01-01"
COMMON: Final = "Groceries"
RARE: Final = (
    *("Dining", "Transport", "Fuel & Auto", "Housing", "Utilities & Telecom", "Shopping", "Home & Garden", "Health"),
    *("Personal Care & Fitness", "Entertainment", "Travel", "Subscriptions & Digital", "Insurance", "Education"),
    *("Fees & Interest", "Taxes & Government", "Charity & Donations", "Services", "Income", "Transfers & Debt", "Cash"),
)
COMMON_ROWS: Final = 3_000
RARE_ROWS: Final = 40  # of each other category, of two merchants
WORDS: Final = (
    *("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "haven"),
    *("inlet", "jetty", "knoll", "larch", "mesa", "north", "ocean", "pine"),
)


def past() -> list[tuple[str, str]]:
    """Return descriptions with their categories: many shops of one category, two of each other one."""
    shops = [f"{first} {second} market" for first in WORDS for second in WORDS if first != second]
    rows = [(shops[number % len(shops)], COMMON) for number in range(COMMON_ROWS)]
    rows += [
        (f"{WORDS[number % 2]} {category.split()[0]} desk", category)
        for category in RARE
        for number in range(RARE_ROWS)
    ]
    return rows


@pytest.fixture(scope="module")
def unmeasured(stack: Stack) -> Finished:
    """Import that past and return what ``ledgermind train`` said before anybody measured how fresh it is."""
    rows = past()
    with (stack.folder / "past.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("txn_id", "user_id", "occurred_at", "amount", "currency", "description", "category"))
        for number, (description, category) in enumerate(rows):
            # Rows of each category are spread over the whole year.
            at = FIRST + timedelta(days=DAYS) * (number * 0.618 % 1)
            writer.writerow((f"t{number}", f"u{number % 50}", at.isoformat(), "-12.50", "GBP", description, category))
    stack.succeed("import", "past.csv", "--label-delay=1d")
    stack.succeed("features", AS_OF, "--days=400")
    return stack.run("train", AS_OF)


@pytest.fixture(scope="module")
def trained(stack: Stack, unmeasured: Finished) -> Finished:
    """Return what ``ledgermind train`` said of that past, measured and built."""
    stack.succeed("warehouse", "freshness", AS_OF)
    stack.succeed("warehouse", "build", AS_OF)
    return stack.run("train", AS_OF, "--no-synthetic", "--json")


@pytest.mark.slow
@pytest.mark.promise("its line names the check and the command that fixes it", "README.md")
def test_training_refuses_data_whose_freshness_nobody_measured(unmeasured: Finished) -> None:
    assert unmeasured.code == 1
    (line,) = unmeasured.stderr.strip().splitlines()
    assert "raw.transactions is unmeasured" in line
    assert "run `ledgermind warehouse freshness`" in line


@pytest.mark.slow
@pytest.mark.promise("| error | over 5 days | refused |", "docs/DATA_QUALITY.md")
def test_training_refuses_stale_data_by_name_and_makes_no_release(trained: Finished, stack: Stack) -> None:
    before = sorted(path.name for path in stack.registry.iterdir())
    later = "--as-of=2026-01-10"
    assert stack.run("warehouse", "freshness", later, "--target", "stale").code == 1
    refused = stack.run("train", later, "--target", "stale")
    assert refused.code == 1
    (line,) = refused.stderr.strip().splitlines()
    assert "events.transactions_by_event is error" in line
    assert "`ledgermind landing` or `ledgermind import`" in line
    assert sorted(path.name for path in stack.registry.iterdir()) == before


@pytest.mark.promise("Below that the gate is INCONCLUSIVE", "docs/MODEL.md")
def test_a_past_of_which_one_category_can_be_judged_is_inconclusive(trained: Finished) -> None:
    assert trained.code == 3, trained.stderr
    said = trained.json
    assert said["verdict"] == "INCONCLUSIVE", said
    assert (said["judged"], said["seen"], said["taxonomy"]) == (1, 22, 22)
    assert "1 of 22 categories could be judged, 5 are needed" in said["reasons"]


@pytest.mark.promise(
    "names about how many labelled rows each category still lacks at the design effect that its rows have",
    "docs/MODEL.md",
)
def test_what_is_missing_is_named_for_each_category(trained: Finished) -> None:
    reasons = trained.json["reasons"]
    assert all(category in reasons for category in RARE)


@pytest.mark.promise("the gate names it as not judged", "docs/MODEL.md")
def test_a_calibration_error_of_too_few_rows_is_named(trained: Finished) -> None:
    assert "calibration error was not judged" in trained.json["reasons"]


@pytest.mark.promise("The rules are asked about the rows of the fold", "docs/MODEL.md")
def test_the_card_holds_the_model_beside_the_rules_and_says_what_was_judged(trained: Finished, stack: Stack) -> None:
    card = (stack.registry / trained.json["model_version"] / "CARD.md").read_text()
    assert "Against the rules: " in card
    assert "the rules were not asked" not in card
    assert "1 of 22 seen of 22 categories judged" in card


@pytest.mark.promise("fits the same recipe again on all rows up to the cut-off", "docs/MODEL.md")
def test_the_manifest_names_the_rows_that_judged_and_those_that_taught_what_is_served(
    trained: Finished, stack: Stack
) -> None:
    manifest = json.loads((stack.registry / trained.json["model_version"] / "manifest.json").read_text())
    folds, refit = manifest["folds"], manifest["refit"]
    assert refit["refused"] == []
    assert refit["rows"]["rows"] == trained.json["rows"] == trained.json["served_rows"]
    assert refit["rows"]["rows"] > folds["train"]["rows"] + folds["calibrate"]["rows"]
    assert refit["rows"]["last_day"] >= folds["gate"]["last_day"]
    assert folds["train"]["last_day"] < refit["calibrated_on"]["first_day"]
    assert refit["calibrated_on"] == folds["calibrate"]


@pytest.mark.slow
@pytest.mark.promise(
    "computes calibration, thresholds, rule floor and expected fallback from them again", "docs/MODEL.md"
)
def test_a_release_that_states_another_fallback_than_its_scores_give_is_broken(trained: Finished, stack: Stack) -> None:
    release = stack.registry / trained.json["model_version"]
    sound = stack.run("verify-calibrator", str(release))
    assert sound.code == 0, sound.stdout
    changed = stack.folder / "changed" / release.name
    shutil.copytree(release, changed)
    manifest = json.loads((changed / "manifest.json").read_text())
    manifest["expected_fallback"] = 1.0 - manifest["expected_fallback"] / 2
    (changed / "manifest.json").write_text(json.dumps(manifest))
    broken = stack.run("verify-calibrator", str(changed))
    assert broken.code == 1
    assert "that the out-of-fold scores give" in broken.stdout


@pytest.mark.promise("prints how precise everything is that would be served, and each source of it", "docs/MODEL.md")
def test_the_training_says_how_precise_everything_served_is_by_source(trained: Finished, stack: Stack) -> None:
    said, card = trained.json, (stack.registry / trained.json["model_version"] / "CARD.md").read_text()
    low, precision, high = (said[f"everything served: {name}"] for name in ("low", "precision", "high"))
    assert 0.9 < low <= precision <= high <= 1.0  # of this past nearly everything is known
    assert f"{precision:.3f}" in card.partition("Everything that is served, by source")[2]
    assert "Rules that the model doubts: " in card
    shown = stack.succeed("thresholds").stdout
    assert "\nrule floor " in shown
    assert "no rule is doubted" not in shown


@pytest.mark.promise(
    "A category without proof shares a threshold that such categories prove together, or is muted", "CHANGELOG.md"
)
def test_a_category_without_proof_is_never_served_below_the_threshold_that_such_categories_share(
    trained: Finished, stack: Stack
) -> None:
    chosen = stack.succeed("thresholds", "--version", trained.json["model_version"], "--json").json["release"]
    muted, shared = 2.0, chosen["shared"]["value"]
    without = {name: bar["value"] for name, bar in chosen["by_category"].items() if bar["bound"] is None}
    assert set(RARE) <= set(without), "two merchants prove nothing"
    assert set(without.values()) <= {shared, muted}
    assert all(bar["bound"] >= chosen["wanted_precision"] for bar in chosen["by_category"].values() if bar["bound"])


@pytest.mark.promise("print what the bound costs in coverage and what more labels would bring", "CHANGELOG.md")
def test_the_training_says_what_a_bound_costs_and_what_more_labels_would_bring(trained: Finished) -> None:
    names = ("as it is", "with twice the labels", "with four times the labels", "without a bound")
    shares = [trained.json[f"coverage {name}"] for name in names]
    assert shares == sorted(shares)
    assert 0.0 < shares[0] <= shares[-1] <= 1.0

"""A mapping is proposed from labels, and written in its place."""

import pytest

from ops.taxonomy.begin import taxonomy_of_labels
from ops.taxonomy.propose import propose_mapping_of_defaults, with_mapping
from schemas.taxonomy import DEFAULT
from schemas.taxonomy.installed import read_taxonomy
from schemas.taxonomy.parse import parse_taxonomy
from tests.conftest import ROOT

EXAMPLES = ROOT / "docs" / "examples" / "taxonomies"
HOUSEHOLD = read_taxonomy(EXAMPLES / "household.yml")
LEDGER = read_taxonomy(EXAMPLES / "ledger.yml")


def test_a_mapping_is_proposed_from_the_majority_and_doubted_where_it_is_small() -> None:
    pairs = [("Groceries", "food")] * 9 + [("Groceries", "home")] + [("Dining", "food")] * 4
    pairs += [("Travel", "leisure")] * 5 + [("Travel", "home")] * 5
    found = {one.default: one for one in propose_mapping_of_defaults(HOUSEHOLD, pairs)}
    assert (found["Groceries"].own, found["Groceries"].share, found["Groceries"].doubt) == ("food", 0.9, "")
    assert found["Dining"].doubt == "4 rows, fewer than 5"
    assert found["Travel"].doubt == "50% only; also leisure 5"
    assert (found["Cash"].own, found["Cash"].rows) == (None, 0)
    assert "no labelled row" in found["Cash"].doubt


def test_a_category_that_bears_a_default_name_is_proposed_for_it_whatever_the_labels_say() -> None:
    own = taxonomy_of_labels({"Dining": 3, "Food": 2}, default=DEFAULT)
    found = {one.default: one for one in propose_mapping_of_defaults(own, [("Dining", "Food")] * 10)}
    assert found["Dining"].own == "Dining"
    assert found["Dining"].doubt == "it bears the name, but 10 of 10 rows are Food"


@pytest.mark.parametrize("before", ["", "# a word\n"])
@pytest.mark.parametrize("after", ["", "# another\nto_plaid: {food: FOOD_AND_DRINK}\n"])
def test_a_mapping_is_written_in_its_place_and_all_else_stays(before: str, after: str) -> None:
    head = "version: v\ncategories:\n- {id: food, name: Food, includes: food} # mine\n- {id: b, name: B, includes: b}\n"
    flow = "from_default: {" + ", ".join(f"{name}: null" for name in DEFAULT.ids) + "}\n"
    block = "from_default:\n" + "".join(f"  {name}: null\n" for name in DEFAULT.ids)
    wanted: dict[str, str | None] = dict.fromkeys(DEFAULT.ids) | {"Dining": "food"}
    for written in (flow, block):
        text = with_mapping(f"{head}{before}{written}{after}", wanted)
        assert text.startswith(f"{head}{before}from_default:\n")
        assert "# another" in text or not after
        assert dict(parse_taxonomy(text, file="x", default=DEFAULT).from_default) == wanted

"""What is done with taxonomy files: begun, rendered, compared, mapped; each result is read to what it says."""

from collections import Counter

import pytest

from ops.errors import UsageError
from ops.taxonomy.begin import copy_of, taxonomy_of_labels
from ops.taxonomy.changes import describe_changes, find_changes
from ops.taxonomy.propose import propose_mapping_of_defaults, with_mapping
from ops.taxonomy.render import render_taxonomy
from ops.taxonomy.succession import LostLabelsError, chain, find_succession, require_none_lost
from schemas.taxonomy import DEFAULT
from schemas.taxonomy.definition import Taxonomy, parse_taxonomy
from schemas.taxonomy.installed import read_taxonomy
from tests.conftest import ROOT

EXAMPLES = ROOT / "docs" / "examples" / "taxonomies"
HOUSEHOLD = read_taxonomy(EXAMPLES / "household.yml")
LEDGER = read_taxonomy(EXAMPLES / "ledger.yml")


def read_again(taxonomy: Taxonomy) -> Taxonomy:
    return parse_taxonomy(render_taxonomy(taxonomy, file="own.yml"), file="own.yml", default=DEFAULT)


def test_the_examples_have_nine_and_sixty_categories() -> None:
    assert (len(HOUSEHOLD.ids), len(LEDGER.ids)) == (9, 60)
    assert set(LEDGER.from_default.values()) <= set(LEDGER.ids)
    assert [name for name, own in HOUSEHOLD.from_default.items() if own is None] == ["Transfers & Debt", "Cash"]


@pytest.mark.parametrize("taxonomy", [copy_of(DEFAULT), HOUSEHOLD, LEDGER], ids=["default", "household", "ledger"])
def test_what_is_rendered_is_read_to_the_same(taxonomy: Taxonomy) -> None:
    assert read_again(taxonomy) == taxonomy


@pytest.mark.parametrize(
    ("labels", "ids"),
    [
        pytest.param({"Food": 2, "Fun": 3}, ("Fun", "Food"), id="the most frequent first"),
        pytest.param({"food": 1, "FOOD": 4, "Fun": 2}, ("FOOD", "Fun"), id="case alone makes no category"),
        pytest.param({"Food!": 2, "Food?": 1, "x": 1}, ("Food", "Food 2", "x"), id="signs that no id has"),
        pytest.param({"Food 2": 3, "Food!": 2, "Food?": 1}, ("Food 2", "Food", "Food 3"), id="a number that is taken"),
        pytest.param({"nothing": 2, "null": 1}, ("nothing 2", "null"), id="words that mean something"),
        pytest.param({"***": 2, "'": 1}, ("Category", "Category 2"), id="no letter at all"),
        pytest.param({"Café Ünder": 2, "L'été": 1}, ("Café Ünder", "L été"), id="letters of anywhere"),
        pytest.param({"x" * 200: 2, "y": 1}, ("x" * 60, "y"), id="too long"),
        pytest.param({"Dining": 2, "1.5": 1}, ("Dining", "1.5"), id="a default category and a number"),
    ],
)
def test_labels_make_a_taxonomy_that_can_be_read(labels: dict[str, int], ids: tuple[str, ...]) -> None:
    made = taxonomy_of_labels(labels, default=DEFAULT)
    assert made.ids == ids
    assert read_again(made) == made
    assert {name for name, own in made.from_default.items() if own} == set(labels) & set(DEFAULT.ids)


@pytest.mark.parametrize("count", [0, 1, 201, 10_000])
def test_too_few_and_too_many_labels_are_one_line(count: int) -> None:
    with pytest.raises(UsageError, match=f"names {count:,} categories: a taxonomy has 2 to 200"):
        taxonomy_of_labels({f"c{number}": 1 for number in range(count)}, default=DEFAULT)


def test_changes_name_what_is_added_removed_renamed_and_remapped() -> None:
    text = (EXAMPLES / "household.yml").read_text()
    text = text.replace("name: Home\n", "name: House\n").replace("Cash: null", "Cash: money-in")
    text = text.replace("id: family", "id: others").replace(": family", ": others").replace("family:", "others:")
    changed = parse_taxonomy(text, file="x", default=DEFAULT)
    assert list(describe_changes(find_changes(HOUSEHOLD, changed))) == [
        "added: others",
        "removed: family",
        "renamed: home: Home -> House",
        "id of the same name: School, services and giving: family -> others",
        "from_default: Education: family -> others",
        "from_default: Charity & Donations: family -> others",
        "from_default: Services: family -> others",
        "from_default: Cash: nothing -> money-in",
        "version: both have the same: give the later taxonomy another one",
    ]
    assert find_changes(LEDGER, LEDGER).is_none
    assert find_changes(DEFAULT, HOUSEHOLD).added == HOUSEHOLD.ids


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


def test_a_successor_is_found_by_id_then_name_then_the_default_categories() -> None:
    to_household = find_succession(DEFAULT, HOUSEHOLD)
    assert to_household.successors["Dining"] == "food"
    assert to_household.successors["Cash"] is None
    back = find_succession(HOUSEHOLD, DEFAULT)
    assert back.successors["money-in"] == "Income"
    assert back.successors["food"] is None
    assert back.by["food"] == "its default categories are several of the new taxonomy: Dining, Groceries"
    assert find_succession(HOUSEHOLD, DEFAULT, given={"food": "Dining"}).successors["food"] == "Dining"
    for given in ({"nowhere": "Dining"}, {"food": "nowhere"}):
        with pytest.raises(UsageError, match="'nowhere' is no category of taxonomy"):
            find_succession(HOUSEHOLD, DEFAULT, given=given)


def test_labels_are_never_left_out_in_silence() -> None:
    succession = find_succession(DEFAULT, HOUSEHOLD)
    counts = Counter({"Dining": 5, "Cash": 3})
    with pytest.raises(LostLabelsError, match=r"3 labels of 1 categories would be lost: Cash 3 labels .*--leave-out"):
        require_none_lost(counts, succession, old=DEFAULT, left_out=[])
    require_none_lost(counts, succession, old=DEFAULT, left_out=["Cash"])
    with pytest.raises(UsageError, match=r"1 names are no category of taxonomy 1\.0: Spaceships 2; nothing was done"):
        require_none_lost(Counter({"Spaceships": 2}), succession, old=DEFAULT, left_out=[])


def test_what_was_before_the_old_taxonomy_goes_on_to_the_new_one() -> None:
    earlier = find_succession(DEFAULT, HOUSEHOLD).successors
    chained = chain(earlier, find_succession(HOUSEHOLD, LEDGER, given={"food": "5000"}), new=LEDGER)
    assert (chained["Dining"], chained["food"], chained["Cash"]) == ("5000", "5000", None)
    back = chain(earlier, find_succession(HOUSEHOLD, DEFAULT, given={"food": "Dining"}), new=DEFAULT)
    assert "Groceries" not in back
    assert back["food"] == "Dining"

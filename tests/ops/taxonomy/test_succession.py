"""Every category has its successor, or somebody said that its labels may be lost."""

from collections import Counter

import pytest

from ops.errors import UsageError
from ops.taxonomy.succession import LostLabelsError, chain, find_succession, require_none_lost
from schemas.taxonomy import DEFAULT
from schemas.taxonomy.installed import read_taxonomy
from tests.conftest import ROOT

EXAMPLES = ROOT / "docs" / "examples" / "taxonomies"
HOUSEHOLD = read_taxonomy(EXAMPLES / "household.yml")
LEDGER = read_taxonomy(EXAMPLES / "ledger.yml")


def test_a_successor_is_found_by_id_then_name_then_the_default_categories() -> None:
    to_household = find_succession(DEFAULT, HOUSEHOLD)
    assert to_household.successors["Dining"] == "food"
    assert to_household.successors["Cash"] is None
    back = find_succession(HOUSEHOLD, DEFAULT)
    assert back.successors["money-in"] == "Income"
    assert back.successors["food"] is None
    assert back.by["food"] == "its default categories are several of the new taxonomy: Dining, Groceries"
    assert find_succession(HOUSEHOLD, DEFAULT, given={"food": "Dining"}).successors["food"] == "Dining"
    with pytest.raises(UsageError, match="'food' is a category of taxonomy household-1, too"):
        find_succession(HOUSEHOLD, HOUSEHOLD, given={"food": "home"})
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

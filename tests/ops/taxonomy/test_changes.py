"""What changes from one taxonomy to another is named."""

from ops.taxonomy.changes import describe_changes, find_changes
from schemas.taxonomy import DEFAULT
from schemas.taxonomy.installed import read_taxonomy
from schemas.taxonomy.parse import parse_taxonomy
from tests.conftest import ROOT

EXAMPLES = ROOT / "docs" / "examples" / "taxonomies"
HOUSEHOLD = read_taxonomy(EXAMPLES / "household.yml")
LEDGER = read_taxonomy(EXAMPLES / "ledger.yml")


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

"""People read names, programs ids; where both are one, nothing is added."""

import json

from schemas.taxonomy import DEFAULT_CATEGORIES
from schemas.taxonomy.display import category_name, name_and_id
from tests.conftest import ROOT
from tests.support import taxonomies

HOUSEHOLD = ROOT / "docs" / "examples" / "taxonomies" / "household.yml"
PROGRAM = """
import json
from datetime import UTC, datetime
from typing import Any, NamedTuple
from ops.console.compare import arrange
from ops.console.render import Renderer
from schemas.taxonomy.display import category_name, name_and_id
class SeenAnswer(NamedTuple):
    value: Any
    fault: Any = None
    at: Any = None
noon = datetime(2026, 1, 1, tzinfo=UTC)
found = arrange("v", ("v",), [("food", "home", 3, noon, noon), ("food", "silent", 1, noon, noon)], [])
seen = SeenAnswer(found)
page = Renderer().page("compare", "Compare", {"seen": seen, "has_dsn": True})
print(json.dumps([category_name("food"), name_and_id("food"), category_name("Dining"), page, found.rules]))
"""


def test_the_default_s_names_are_its_ids() -> None:
    assert [category_name(name) for name in DEFAULT_CATEGORIES] == list(DEFAULT_CATEGORIES)
    assert [name_and_id(name) for name in DEFAULT_CATEGORIES] == list(DEFAULT_CATEGORIES)


def test_a_category_is_shown_by_its_name_and_one_of_another_taxonomy_by_its_id() -> None:
    done = taxonomies.run("-c", PROGRAM, taxonomy=HOUSEHOLD)
    assert done.returncode == 0, done.stderr
    name, both, other, page, rules = json.loads(done.stdout)
    assert (name, both, other) == ("Food and drink", "Food and drink (food)", "Dining")
    assert rules == ["food"]
    assert '<th scope="row">Food and drink</th>' in page
    assert "<span>Home</span>" in page
    assert ">food<" not in page

"""What is rendered is read to what it says."""

import pytest

from ops.taxonomy.begin import copy_of
from ops.taxonomy.render import render_taxonomy
from schemas.taxonomy import DEFAULT
from schemas.taxonomy.definition import Taxonomy
from schemas.taxonomy.installed import read_taxonomy
from schemas.taxonomy.parse import parse_taxonomy
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

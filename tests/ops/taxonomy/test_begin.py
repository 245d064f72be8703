"""Labels make a taxonomy that can be read, whatever they are."""

import pytest

from ops.errors import UsageError
from ops.taxonomy.begin import taxonomy_of_labels
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

"""A word that a place's name is made of is no word of trade."""

from collections.abc import Callable

import pytest

from rules.engine import RuleEngine
from rules.load import load_rules
from schemas.events.transaction import Transaction
from schemas.taxonomy import Category
from schemas.text.descriptor import build_descriptor

Make = Callable[..., Transaction]


@pytest.fixture(scope="module")
def engine() -> RuleEngine:
    return load_rules()


@pytest.mark.parametrize(
    ("line", "category"),
    [
        pytest.param("QUELDORF BROS COSTA MESA CA", None, id="us, costa"),
        pytest.param("DELGADO & SONS STATE COLLEGE PA", None, id="us, college"),
        pytest.param("HARRIS & DAUGHTER WEOLEY CASTLE", None, id="uk, castle"),
        pytest.param("PETTIGREW SCHOOL LANE", None, id="a street"),
        pytest.param("BARTLETT GARDEN ISLAND", None, id="an island"),
        pytest.param("MABASO GOLF PARK", None, id="a quarter"),
        pytest.param("WARWICK CASTLE", Category("Entertainment"), id="a castle that is the merchant"),
        pytest.param("NCP CAR PARK", Category("Transport"), id="a text that holds the place word itself"),
        pytest.param("PENDLE HILL GOLF", Category("Entertainment"), id="a word of trade behind a place"),
        pytest.param("GOLF COURSE ST MELLION", Category("Entertainment"), id="golf is where its code 7992 is"),
    ],
)
def test_words_of_places_answer_nothing(engine: RuleEngine, make: Make, line: str, category: Category | None) -> None:
    transaction = make(line, currency="XXX")
    answer = engine.answer([transaction], [build_descriptor(transaction)])[0]
    assert (None if answer is None else answer.category) is category, answer

"""Rules of brands: an ordinary word answers only where it is the merchant, a chain only where it has shops."""

from collections.abc import Callable

import pytest

from rules.engine import RuleEngine, branches_of
from rules.load import load_rules
from schemas.crosswalks.crosswalk import Strength, brands
from schemas.events.transaction import Transaction
from schemas.taxonomy import Category
from schemas.text.descriptor import build_descriptor

Make = Callable[..., Transaction]


@pytest.fixture(scope="module")
def engine() -> RuleEngine:
    return load_rules()


@pytest.mark.parametrize(
    ("line", "fields", "category"),
    [
        pytest.param("THREE", {"currency": "GBP"}, Category("Utilities & Telecom"), id="the line is the word"),
        pytest.param(
            "THREE RETAIL 0231", {"currency": "GBP"}, Category("Utilities & Telecom"), id="with a word of trade"
        ),
        pytest.param(
            "THREE LEEDS BRIGGATE", {"mcc": "4814"}, Category("Utilities & Telecom"), id="with a code of its trade"
        ),
        pytest.param("THREE RIVERS LTD", {"currency": "GBP"}, None, id="a word of another name"),
        pytest.param("HENRY THE THREE", {"currency": "GBP"}, None, id="a word that does not open the line"),
        pytest.param("MTN VIEW HOLDINGS", {"currency": "ZAR"}, None, id="three letters of another name"),
        pytest.param("DOUGLAS BERGER BAU", {"currency": "EUR"}, None, id="a surname"),
        pytest.param("TARGET", {"currency": "USD"}, Category("Shopping"), id="in its country"),
        pytest.param("TARGET", {"currency": "GBP"}, None, id="in another country"),
        pytest.param("ALBERT HEIJN", {"country": "NL"}, Category("Groceries"), id="a chain at home"),
        pytest.param("ALBERT HEIJN", {"country": "US"}, None, id="a chain elsewhere"),
        pytest.param("ALBERT HEIJN", {}, Category("Groceries"), id="a chain, nobody knows where"),
    ],
)
def test_brands_answer_where_they_are_meant(
    engine: RuleEngine, make: Make, line: str, fields: dict[str, str], category: Category | None
) -> None:
    transaction = make(line, **fields)
    answer = engine.answer([transaction], [build_descriptor(transaction)])[0]
    assert (None if answer is None else answer.category) is category, answer


def test_a_brand_that_a_code_confirms_is_named_in_its_explanation(engine: RuleEngine, make: Make) -> None:
    transaction = make("CRICKET OF OMAHA", mcc="4814", country="US")
    (answer,) = engine.answer([transaction], [build_descriptor(transaction)])
    assert answer is not None
    assert [one.text for one in answer.explanations] == ["“cricket” is a known name in Utilities & Telecom"]


def test_no_rule_is_asked_of_every_transaction(engine: RuleEngine) -> None:
    branches = [branch for rule in engine.rules for branch in branches_of(rule)]
    assert [branch.rule.rule_id for branch in branches if branch.index_key is None] == []


def test_most_chains_of_the_index_name_their_countries() -> None:
    chosen = [brand for brand in brands() if brand.strength is not Strength.INDEX]
    assert sum(bool(brand.countries) for brand in chosen) > len(chosen) / 4
    assert sum(brand.strength is Strength.ORDINARY for brand in chosen) > 300

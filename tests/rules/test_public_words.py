"""The default rules are made of public words: of no data set's own names, and as the code map says."""

from collections.abc import Callable, Iterator

import pytest

from rules.engine import RuleEngine, texts_of
from rules.load import read_ruleset
from rules.ruleset import Ruleset
from schemas.crosswalks.crosswalk import brands, mcc_categories
from schemas.events.transaction import Transaction
from schemas.text.descriptor import build_descriptor
from schemas.text.folding import fold_words
from schemas.text.places import ALONE, CITIES, PLACES_BY_CODE
from trainer.dataset.lexicon import read_vocabulary

Make = Callable[..., Transaction]

# Names of pubs and of trades that are names of villages as well.
PLACES_TOO = {
    "nags head", "red lion", "rising sun", "royal oak", "white horse", "white swan", "red cross", "country club",
    "leamington spa", "garden city", "welwyn garden",
}  # fmt: skip
# Codes whose name lists several trades, of which a rule knows another one; and 8351, child care, which the taxonomy
# names under Education.
SEVERAL_TRADES = (
    "2842 4457 4816 4899 5045 5065 5193 5511 5521 5561 5697 5718 5734 5815 5932 5943 5961 5962 5964 5965 5966 5967 "
    "5969 5978 5996 6211 7277 7278 7296 7349 7372 7379 7394 7512 7513 7519 7622 7629 7631 7641 7841 7911 7997 8351 8675"
)

# Of examples: people, firms that nobody has, and what a bank writes.
MADE_UP = {"corp", "dd", "luigi", "krone", "musterfirma", "sav", "starbu", "xqz"}


@pytest.fixture(scope="module")
def ruleset() -> Ruleset:
    return read_ruleset()[0]


def _phrases(text: str) -> Iterator[str]:
    words = text.strip("*").split()
    for start in range(len(words)):
        yield from (" ".join(words[start:end]) for end in range(start + 2, len(words) + 1))


def test_no_text_of_a_rule_is_the_name_of_a_place(ruleset: Ruleset) -> None:
    """A text such as "castle vale school" is one town's, met in one data set."""
    places = ALONE.union(*PLACES_BY_CODE.values())
    found = {
        (rule.rule_id, phrase)
        for rule in ruleset.rules
        for condition in texts_of(rule.condition)
        for text in condition.texts
        for phrase in _phrases(text)
        if phrase in places and phrase not in PLACES_TOO
    }
    assert not found


def test_examples_of_rules_are_made_of_public_words(ruleset: Ruleset) -> None:
    """Each word is one of a shipped name, place, code, tag or phrase, or of the rules' own texts."""
    _, documents = read_vocabulary()
    public = {word for document in documents for word in document.text.split()}
    public |= {word for brand in brands() for word in brand.name.split()}
    public |= {word for places in (CITIES, ALONE, *PLACES_BY_CODE.values()) for name in places for word in name.split()}
    public |= {
        word
        for rule in ruleset.rules
        for condition in texts_of(rule.condition)
        for text in condition.texts
        for word in fold_words(text)
    }
    unknown = {
        example.transaction.description: words
        for example in ruleset.examples
        if (words := [word for word in build_descriptor(example.transaction).norm.split() if word not in public])
    }
    assert {word for words in unknown.values() for word in words} == MADE_UP


def test_words_agree_with_the_map_of_codes(ruleset: Ruleset, make: Make) -> None:
    """The name of each code, asked as a line, is answered with the code's category or not at all."""
    engine = RuleEngine(ruleset.rules, version="words")
    meanings = [meaning for meaning in mcc_categories().values() if not 3_000 <= int(meaning.code) < 4_000]
    lines = [make(meaning.description) for meaning in meanings]
    answers = engine.answer(lines, [build_descriptor(line) for line in lines])
    wrong = {
        meaning.code: f"{meaning.description}: {answer.category.value}, not {meaning.default}"
        for meaning, answer in zip(meanings, answers, strict=True)
        if answer is not None and answer.category is not meaning.category
    }
    assert sorted(wrong) == SEVERAL_TRADES.split(), wrong

"""Crosswalk rules: rules made of the crosswalks' facts, one for each brand and for each merchant category code."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from rules.condition import All, Condition, InCountry, Mcc, Text, TextKind
from rules.ruleset import CrosswalkSource, Rule
from schemas.crosswalks.crosswalk import Brand, MccMeaning, Strength
from schemas.events.candidate import ExplanationKind

# Codes that merchants of every kind are filed under; a name says more than they do.
AMBIGUOUS_MCCS: Final = frozenset(
    {
        "5199", "5310", "5331", "5399", "5499", "5964", "5965", "5966", "5967", "5968", "5969", "5999",
        "6012", "7299", "7389", "7392", "7399", "7999", "8999",
    }
)  # fmt: skip


def brand_rules(brands: Iterable[Brand], sources: Mapping[str, CrosswalkSource]) -> Iterator[Rule]:
    """Yield one rule for each brand name, for the kinds of names that ``sources`` has.

    A single word of the index may be anybody's surname: it must open the description, and ranks on its own.
    """
    for brand in brands:
        is_lone = brand.strength is Strength.INDEX and " " not in brand.name
        source = sources.get(
            "known_brands" if brand.strength is Strength.KNOWN else "brand_words" if is_lone else "brands"
        )
        if source is None:
            continue
        text: Condition = Text(TextKind.OPENING if is_lone else TextKind.WORDS, (brand.name,))
        here = (text, InCountry(brand.countries, or_unknown=True))
        yield Rule(
            rule_id=f"brand:{brand.name}",
            category=brand.category,
            condition=All(here) if brand.countries else text,
            confidence=source.confidence,
            priority=source.priority,
            kind=ExplanationKind.BRAND,
        )


def mcc_rules(meanings: Iterable[MccMeaning], sources: Mapping[str, CrosswalkSource]) -> Iterator[Rule]:
    """Yield one rule for each merchant category code that ``sources`` names, clear or vague."""
    for meaning in meanings:
        source = sources.get("vague_mcc" if meaning.code in AMBIGUOUS_MCCS else "mcc")
        if source is None:
            continue
        yield Rule(
            rule_id=f"mcc:{meaning.code}",
            category=meaning.category,
            condition=Mcc(frozenset({meaning.code})),
            confidence=source.confidence,
            priority=source.priority,
            note=meaning.description,
            kind=ExplanationKind.MCC,
        )

"""Crosswalk rules: rules made of the crosswalks' facts, one for each brand and for each merchant category code."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from rules.condition import All, AnyOf, Condition, InCountry, Mcc, Text, TextKind
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
# What a chain writes behind its name: with one of these an ordinary word is no other merchant's.
TRADE_WORDS: Final = (
    "com", "direct", "express", "extra", "group", "limited", "ltd", "marketplace", "mktplace", "mktplce", "online",
    "payment", "payments", "plc", "prime", "retail", "shop", "store", "stores", "superstore", "uk",
)  # fmt: skip


def brand_rules(
    brands: Iterable[Brand], sources: Mapping[str, CrosswalkSource], *, meanings: Iterable[MccMeaning] = ()
) -> Iterator[Rule]:
    """Yield one rule for each brand name, for the kinds of names that ``sources`` has.

    A single word of the index may be anybody's surname: it must open the description, and ranks on its own.
    """
    codes: dict[str, set[str]] = {}  # by default category: a code says the trade, whatever it is called here
    for meaning in meanings:
        codes.setdefault(meaning.default, set()).add(meaning.code)
    for brand in brands:
        is_lone = brand.strength is Strength.INDEX and " " not in brand.name
        source = sources.get(
            "brand_words" if is_lone else "brands" if brand.strength is Strength.INDEX else "known_brands"
        )
        if source is None:
            continue
        name: Condition
        if brand.strength is Strength.ORDINARY:
            name = _ordinary_name(brand.name, codes.get(brand.default, set()))
        else:
            name = Text(TextKind.OPENING if is_lone else TextKind.WORDS, (brand.name,))
        yield Rule(
            rule_id=f"brand:{brand.name}",
            category=brand.category,
            left_out=brand.default if brand.category is None else None,
            condition=_in_its_countries(name, brand.countries),
            confidence=source.confidence,
            priority=source.priority,
            kind=ExplanationKind.BRAND,
        )


def _ordinary_name(name: str, codes: Collection[str]) -> Condition:
    """Hold for a line that is the name, or opens with it and has a second cue: a word of trade, or the card's code."""
    alone = Text(TextKind.EXACT, (name,))
    in_trade = Text(TextKind.OPENING, tuple(f"{name} {word}" for word in TRADE_WORDS))
    if not codes:
        return AnyOf((alone, in_trade))
    return AnyOf((alone, in_trade, All((Text(TextKind.OPENING, (name,)), Mcc(frozenset(codes))))))


def _in_its_countries(name: Condition, countries: frozenset[str]) -> Condition:
    if not countries:
        return name
    here = InCountry(countries, or_unknown=True)
    if isinstance(name, AnyOf):
        return AnyOf(tuple(All((part, here)) for part in name.parts))
    return All((name, here))


def mcc_rules(meanings: Iterable[MccMeaning], sources: Mapping[str, CrosswalkSource]) -> Iterator[Rule]:
    """Yield one rule for each merchant category code that ``sources`` names, clear or vague."""
    for meaning in meanings:
        source = sources.get("vague_mcc" if meaning.code in AMBIGUOUS_MCCS else "mcc")
        if source is None:
            continue
        yield Rule(
            rule_id=f"mcc:{meaning.code}",
            category=meaning.category,
            left_out=meaning.default if meaning.category is None else None,
            condition=Mcc(frozenset({meaning.code})),
            confidence=source.confidence,
            priority=source.priority,
            note=meaning.description,
            kind=ExplanationKind.MCC,
        )

"""Candidate: one category that rules, a model or a hint propose, with how sure they are."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from schemas.taxonomy import Category

Confidence = Annotated[float, Meta(ge=0.0, le=1.0)]


class SuggestionSource(StrEnum):
    """Who named the category."""

    MODEL = "model"
    RULES = "rules"
    HINT = "hint"
    NONE = "none"


class Band(StrEnum):
    """Confidence in words."""

    VERY_HIGH = "VERY_HIGH"
    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


class ExplanationKind(StrEnum):
    """What kind of evidence an explanation names."""

    BRAND = "brand"
    MCC = "mcc"
    WORD = "word"
    RULE = "rule"
    HISTORY = "history"
    TEXT = "text"
    HINT = "hint"


class Explanation(Struct, frozen=True, gc=False):
    """One piece of evidence, in words that a user may read."""

    kind: ExplanationKind
    text: Annotated[str, Meta(max_length=256)]


class Candidate(Struct, frozen=True, gc=False):
    """A proposed category; nobody proposes one where they abstain (``None`` instead)."""

    category: Category
    confidence: Confidence
    source: SuggestionSource
    rule_id: str | None = None
    override: bool = False  # a rule that wins over the model, see scorer.serving.decide
    explanations: tuple[Explanation, ...] = ()


def band(confidence: float) -> Band:
    """Return the band of a confidence in [0, 1]; the lower bounds are .95, .85 and .70."""
    if confidence >= 0.95:
        return Band.VERY_HIGH
    if confidence >= 0.85:
        return Band.HIGH
    return Band.MEDIUM if confidence >= 0.70 else Band.LOW

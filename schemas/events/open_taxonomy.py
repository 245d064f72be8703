"""Open taxonomy: suggestions and comparisons as a reader takes them, with categories of whatever taxonomy they name.

LedgerMind writes the categories of its own taxonomy only. A reader takes others, too, so that a taxonomy can grow, or
be a user's own, without breaking whoever reads the topics.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from schemas.events.candidate import Confidence, SuggestionSource
from schemas.events.comparison import Acceptance, Answer, Comparison
from schemas.events.suggestion import SuggestedCategory, Suggestion

MAX_CATEGORY_CHARACTERS: Final = 64
CategoryName = Annotated[str, Meta(min_length=1, max_length=MAX_CATEGORY_CHARACTERS)]


class OpenSuggestedCategory(SuggestedCategory, frozen=True, kw_only=True, gc=False):
    """A candidate of any taxonomy; what follows the category is named again, or the category would be written last."""

    category: CategoryName  # type: ignore[assignment]
    confidence: Confidence
    source: SuggestionSource


class OpenAnswer(Answer, frozen=True, kw_only=True, gc=False):
    """An answer of any taxonomy, its fields in the order of ``Answer``."""

    category: CategoryName | None  # type: ignore[assignment]
    confidence: Confidence | None
    acceptance: Acceptance | None
    rule_id: str | None
    doubts_rule: bool = False


class OpenSuggestion(Suggestion, frozen=True, kw_only=True, gc=False):
    """A suggestion of any taxonomy and any worker: before ``account_id`` was in the contract there was none."""

    account_id: str | None = None  # type: ignore[assignment]
    category: CategoryName | None  # type: ignore[assignment]
    candidates: Annotated[tuple[OpenSuggestedCategory, ...], Meta(max_length=3)]


class OpenComparison(Comparison, frozen=True, kw_only=True, gc=False):
    """A comparison of any taxonomy and any worker, as above."""

    account_id: str | None = None  # type: ignore[assignment]
    answers: tuple[OpenAnswer, ...]
    control_category: CategoryName | None  # type: ignore[assignment]
    canary_category: CategoryName | None  # type: ignore[assignment]


decode_suggestion: Final = msgspec.json.Decoder(OpenSuggestion).decode
decode_comparison: Final = msgspec.json.Decoder(OpenComparison).decode

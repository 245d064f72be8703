"""Threshold setting: the bars that an operator gives in words, for a release that need not be loaded for it."""

from typing import Final

import msgspec

from schemas.events.overrides import Override
from schemas.taxonomy import CATEGORIES, Category
from scorer.errors import ThresholdsError

MUTED: Final = 2.0  # no confidence reaches it; JSON has no infinity
_NAMES: Final = {category.value: category for category in CATEGORIES}


def parse_override(text: str) -> dict[Category, Override]:
    """Read SUGGEST_THRESHOLDS_JSON, an object of category name to a number from 0 to 1; "" is none.

    A number above 1 (up to 2) mutes the category. Raises ThresholdsError.
    """
    if not text.strip():
        return {}
    try:
        given = msgspec.json.decode(text, type=dict[str, float])
    except msgspec.MsgspecError as error:
        raise ThresholdsError("is not a JSON object of category to number") from error
    for name, value in given.items():
        if name not in _NAMES:
            raise ThresholdsError(f"names {name!r}, which is not a category")
        if not 0.0 <= value <= MUTED:
            raise ThresholdsError(f"gives {name} {value}, which is not between 0 and 1 (2 mutes it)")
    return {
        _NAMES[name]: Override(muted=True) if value > 1.0 else Override(threshold=value)
        for name, value in given.items()
    }

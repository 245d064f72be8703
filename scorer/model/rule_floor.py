"""Rule floor: how probable the model must find a rule's category for the rule's answer to be served."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from schemas.events.overrides import Override
from schemas.taxonomy import CATEGORIES, Category


class RuleFloor(Struct, frozen=True, kw_only=True):
    """The floor of a release and its evidence: rules' answers where the model was not sure enough of its own.

    ``value`` is a probability, or 2 where no floor is proven. ``precision`` is how often such answers were right
    from the floor on, ``bound`` its lower bound, ``served_bound`` that of everything served with them, the model's
    answers included; all are None where nothing is proven.
    """

    value: float
    precision: float | None = None
    bound: float | None = None
    served_bound: float | None = None
    rows: int = 0
    merchants: int = 0
    note: str = ""


def rule_floors(floor: RuleFloor | None, overrides: Mapping[Category, Override]) -> npt.NDArray[np.float64]:
    """Return the floor of each category, float64 in class order; 0 where a release has none: it doubts no rule."""
    own = 0.0 if floor is None else floor.value
    instead = (overrides[category].rule_floor if category in overrides else None for category in CATEGORIES)
    return np.array([own if value is None else value for value in instead], dtype=np.float64)

"""Measured: which numbers of a standing can be ones; the others count as not measured."""

import math
from typing import Final

import msgspec

from schemas.events.rollout import CriterionValue
from scorer.rollout.metrics import MAPS, Standing

_DEFAULTS: Final = {"percent": 0.0, "stable_seconds": 0.0, "expected_fallback": 0.0}


def measured(standing: Standing) -> tuple[Standing, list[str]]:
    """Return the standing with every number that cannot be one as not measured, and which.

    That is one that is not finite; counts and rates are not negative either, a value of a criterion may be.
    """
    bad = {
        name: value
        for name in Standing.__struct_fields__
        if name not in MAPS
        and (value := getattr(standing, name)) is not None
        and not (math.isfinite(value) and value >= 0)
    }
    faults = [f"{name} is {value:g}: it counts as not measured" for name, value in bad.items()]
    criteria = {name: _finite(name, found, faults) for name, found in standing.criteria.items()}
    if not faults:
        return standing, []
    nothing: dict[str, float | None] = {name: _DEFAULTS.get(name) for name in bad}
    return msgspec.structs.replace(standing, criteria=criteria, **nothing), faults


def _finite(name: str, found: CriterionValue, faults: list[str]) -> CriterionValue:
    """Return the values of a criterion that are numbers; note which are none."""
    bad = {part: value for part, value in msgspec.structs.asdict(found).items() if not math.isfinite(value or 0.0)}
    faults += [f"{part} of criterion {name} is {value:g}: it counts as not measured" for part, value in bad.items()]
    return msgspec.structs.replace(found, **dict.fromkeys(bad))

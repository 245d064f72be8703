"""Forecast: when the labels can decide, at the rate at which they have come so far; pure."""

from collections.abc import Callable
from typing import Final, NamedTuple

from scorer.rollout.paired_outcomes import Signs
from scorer.rollout.policy import Policy, Step
from scorer.rollout.sequential_test import e_better, e_not_inferior

MAX_DAYS: Final = 3_650.0
_PRECISION_DAYS: Final = 0.5


class Forecast(NamedTuple):
    """Days from now; ``earliest`` if every further merchant spoke for it, ``expected`` if they go on as so far.

    None: not within ten years, or nothing has been seen that a rate could be taken from.
    """

    earliest: float | None
    expected: float | None


def forecast(
    policy: Policy, step: Step, signs: Signs, *, days: float, has_champion: bool = False, labels: int = 0
) -> Forecast | None:
    """Return when a step's paired test can say yes; None where the step asks for none.

    ``days`` is how long the signs took to come. ``labels`` is how many merchants that the policies answer differently
    are labelled at once, besides those that come by themselves.
    """
    asked, margin = policy.paired(step, has_champion=has_champion)
    if asked == "not asked":
        return None
    per_day = sum(signs) / days if days > 0 else 0.0
    if asked == "better":
        return _forecast(
            lambda more: e_better(signs.better + more[0], signs.worse + more[1]), policy, signs, per_day, labels
        )
    return _forecast(
        lambda more: e_not_inferior(
            Signs(*(have + one for have, one in zip(signs, more, strict=True))),  # type: ignore[arg-type]
            margin=margin,
        ),
        policy,
        signs,
        per_day,
        labels,
    )


_More = tuple[float, float, float]  # merchants that speak for it, against it, and for neither


def _forecast(e_value: Callable[[_More], float], policy: Policy, signs: Signs, per_day: float, labels: int) -> Forecast:
    if per_day <= 0 and not labels:
        return Forecast(None, None)
    differ = (signs.better + signs.worse) / sum(signs) * per_day if per_day > 0 else 0.0
    # A share of wins taken from few merchants is drawn towards one half.
    wins = (signs.better + 1) / (signs.better + signs.worse + 2)
    alike = per_day - differ

    def enough_by(days: float, share: float) -> bool:
        deciding = labels + differ * days
        return e_value((share * deciding, (1 - share) * deciding, alike * days)) >= policy.e_bar

    return Forecast(
        earliest=_first_day(lambda days: enough_by(days, 1.0)), expected=_first_day(lambda days: enough_by(days, wins))
    )


def _first_day(is_enough: Callable[[float], bool]) -> float | None:
    """Return the first day on which it is enough, by doubling and halving; None beyond ten years."""
    if is_enough(0.0):
        return 0.0
    late = _PRECISION_DAYS
    while not is_enough(late):
        late *= 2
        if late > MAX_DAYS:
            return None
    early = late / 2 if late > _PRECISION_DAYS else 0.0
    while late - early > _PRECISION_DAYS:
        middle = (early + late) / 2
        early, late = (early, middle) if is_enough(middle) else (middle, late)
    return late

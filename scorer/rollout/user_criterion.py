"""User criterion: a number of the user's own that every promotion step of a policy asks for, in PromQL or SQL."""

from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from scorer.rollout.metric_names import Rate

Query = Annotated[str, Meta(min_length=1, max_length=10_000)]
MAX_CRITERIA = 32  # of one policy: each is a value of the label ``rate``


class Direction(StrEnum):
    """On which side of its limit a value must lie."""

    ABOVE = "above"
    BELOW = "below"


class Criterion(Struct, frozen=True, forbid_unknown_fields=True):
    """One named criterion; each query gives one number, and all of them are in one language.

    The limit is ``limit``, or ``margin`` beyond what ``baseline`` gives (in the unit of the value): a negative margin
    lets the value be worse by so much. ``sample`` gives how much the value rests on.
    """

    name: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,63}$")]
    direction: Direction
    timeout_seconds: Annotated[float, Meta(gt=0.0, le=300.0)]  # of each query
    promql: Query | None = None
    sql: Query | None = None
    limit: float | None = None
    margin: float | None = None
    baseline: Query | None = None
    minimum_sample: Annotated[int, Meta(ge=0)] = 0
    sample: Query | None = None

    @property
    def value(self) -> str:
        """The query of the value itself."""
        return self.promql or self.sql or ""

    def limit_beside(self, baseline: float | None) -> float | None:
        """Return the limit, None where it needs a baseline that was not measured."""
        if self.margin is None:
            return self.limit
        if baseline is None:
            return None
        return baseline + self.margin if self.direction is Direction.ABOVE else baseline - self.margin


def criteria_faults(criteria: Sequence[Criterion]) -> Iterator[str]:
    """Yield what is wrong with the criteria of a policy, a line each."""
    if len(criteria) > MAX_CRITERIA:
        yield f"it has {len(criteria)} criteria, {MAX_CRITERIA} at most are asked"
    for name, times in Counter(one.name for one in criteria).items():
        if times > 1:
            yield f"{times} criteria are called {name}"
        if name in set(Rate):
            yield f"criterion {name} has the name of a built-in criterion"
    for one in criteria:
        if (one.promql is None) == (one.sql is None):
            yield f"criterion {one.name} needs promql or sql, and not both"
        if (one.limit is None) == (one.margin is None):
            yield f"criterion {one.name} needs limit or margin, and not both"
        if (one.margin is None) != (one.baseline is None):
            yield f"criterion {one.name} needs margin and baseline together"
        if bool(one.minimum_sample) != (one.sample is not None):
            yield f"criterion {one.name} needs minimum_sample and sample (a query) together"

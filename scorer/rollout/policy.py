"""Policy: what a rollout must show to advance and what takes it back, as data."""

import math
from collections.abc import Iterator
from typing import Annotated, Final, Literal

import msgspec
import yaml
from msgspec import Meta, Struct

from scorer.errors import PolicyError
from scorer.rollout.user_criterion import Criterion, criteria_faults

Share = Annotated[float, Meta(gt=0.0, le=1.0)]
Seconds = Annotated[float, Meta(gt=0.0)]
Percent = Annotated[float, Meta(ge=0.0, le=100.0)]
Count = Annotated[int, Meta(ge=0)]
Alpha = Annotated[float, Meta(gt=0.0, lt=0.5)]
Paired = Literal["not asked", "not worse", "better"]
HERE: Final = "policy"  # stands for the file where a policy is read from a record


class Minimum(Struct, frozen=True, forbid_unknown_fields=True):
    """The smallest sample that each kind of condition may be judged on."""

    transactions: Annotated[int, Meta(ge=1)]  # answers asked for, in the window of rates
    recent: Annotated[int, Meta(ge=1)]  # records in the short window, for latency and scoring failures
    recent_answers: Annotated[int, Meta(ge=1)]  # answers asked for, for a fallback or errors that take back
    users: Count  # 0: nobody counts them
    feedback: Annotated[int, Meta(ge=1)] = 30  # users whose feedback leans one way, in each arm that is compared


class Step(Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}):
    """From one share to the next: every bar must hold.

    ``fallback`` is the plain rate, ``excess_fallback`` what lies beyond the release's expected share; one is given at
    least.
    """

    start: Percent
    to: Percent
    disagreement: Share
    p95_seconds: Seconds
    errors: Share  # of what that arm's model was asked
    stable_days: Annotated[float, Meta(ge=0.0)]
    scoring_failures: Share = 0.01  # of all records
    fallback: Share | None = None
    excess_fallback: Share | None = None
    paired: Paired = "not asked"  # of labels, against the rules
    paired_champion: Paired = "not asked"  # the same against a champion: an equal one may take its place
    feedback: Literal["not asked", "not negative", "not worse"] = "not asked"


class CategoryLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """What no category of the canary's model may be shown to break where a step is to be taken.

    It is shown at level ``alpha`` over all categories of the taxonomy, however often one looks.
    """

    complaints: Annotated[float, Meta(gt=0.0, lt=1.0)]  # of its suggestions, rejected or corrected
    precision: Annotated[float, Meta(gt=0.0, lt=1.0)]  # of merchants with settled labels


class Rollback(Struct, frozen=True, forbid_unknown_fields=True):
    """Above any of these, for as many looks in a row, the canary goes back to 0 %.

    Of errors it must be shown that they are above: by all answers since the share moved, at level ``alpha`` however
    often one looks, by the answers of one window at ``errors_level``, or by the short window where it holds
    ``lost_answers`` at least and every one of them failed (None: not asked).
    """

    p95_seconds: Seconds
    errors: Annotated[float, Meta(gt=0.0, lt=1.0)]
    complaints: Share
    looks: Annotated[int, Meta(ge=1)]
    looks_fast: Annotated[int, Meta(ge=1)]  # of errors, scoring failures and latency
    scoring_failures: Share = 0.05
    fallback: Share | None = None
    excess_fallback: Share | None = None
    errors_level: Annotated[float, Meta(gt=0.5, lt=1.0)] = 0.999
    lost_answers: Annotated[int, Meta(ge=5)] | None = None


class Policy(Struct, frozen=True, forbid_unknown_fields=True):
    """A named policy.

    Latency, scoring failures and whatever takes a canary back are counted over ``window_seconds``, the rates that a
    promotion rests on over ``rates_window_seconds``; errors also over all answers since the share moved.
    """

    name: Annotated[str, Meta(min_length=1, max_length=64)]
    window_seconds: Seconds
    rates_window_seconds: Seconds
    look_every_seconds: Seconds
    alpha: Alpha  # of each direction
    margin: Annotated[float, Meta(gt=0.0, lt=1.0)]  # by which "not worse" may be worse, as a share of merchants
    feedback_margin: Annotated[float, Meta(ge=0.0, lt=1.0)]  # the same of users whose feedback leans to the good
    sample_ratio_alpha: Alpha
    label_maturity_days: Annotated[float, Meta(ge=0.0)]
    labels: Literal["independent", "any"]  # whether labels given to a shown answer are evidence, too
    freshness: Literal["required", "not asked"]
    minimum: Minimum
    steps: Annotated[tuple[Step, ...], Meta(min_length=1)]
    rollback: Rollback
    mart_age_seconds: Seconds | None = None  # how old the oldest mart may be where freshness is required; None: any
    margin_champion: Annotated[float, Meta(gt=0.0, lt=1.0)] = 0.02  # ``margin`` against a champion
    undecided_days: Annotated[float, Meta(gt=0.0)] = 60.0  # after which a newer release may take a canary's place
    categories: CategoryLimits | None = None  # None: not asked
    criteria: tuple[Criterion, ...] = ()  # of the user's own, part of every step

    def step_from(self, percent: float) -> Step | None:
        """Return the step that leads on from a share, None where none does."""
        return next((step for step in self.steps if step.start == percent), None)

    def paired(self, step: Step, *, has_champion: bool) -> tuple[Paired, float]:
        """Return what a step asks of the paired test, and the margin of its "not worse"."""
        return (step.paired_champion, self.margin_champion) if has_champion else (step.paired, self.margin)

    @property
    def e_bar(self) -> float:
        """The e-value that is enough."""
        return 1 / self.alpha

    def to_terms(self) -> str:
        """Return the whole policy as canonical JSON, to be kept with a verdict."""
        return msgspec.json.encode(self, order="sorted").decode()


def parse_policy(text: str, *, file: str = HERE) -> Policy:
    """Read a policy, or the terms of one; raises PolicyError with one line that names what is wrong with it."""
    try:
        policy = msgspec.convert(yaml.safe_load(text), Policy)
    except yaml.YAMLError as error:
        raise PolicyError(file, f"is not YAML: {' '.join(str(error).split())}") from error
    except msgspec.ValidationError as error:
        raise PolicyError(file, str(error)) from error
    for fault in (*_not_finite("$", msgspec.to_builtins(policy)), *criteria_faults(policy.criteria)):
        raise PolicyError(file, fault)
    if policy.rates_window_seconds < policy.window_seconds:
        raise PolicyError(file, "rates_window_seconds is shorter than window_seconds")
    for earlier, later in zip(policy.steps, policy.steps[1:], strict=False):
        if later.start != earlier.to:
            raise PolicyError(file, f"a step leads to {earlier.to:g} %, the next one begins at {later.start:g} %")
    if policy.rollback.fallback is None and policy.rollback.excess_fallback is None:
        raise PolicyError(file, "rollback has neither fallback (the plain rate) nor excess_fallback")
    for step in policy.steps:
        if step.fallback is None and step.excess_fallback is None:
            raise PolicyError(file, f"the step from {step.start:g} % has neither fallback nor excess_fallback")
        if step.errors > policy.rollback.errors:
            raise PolicyError(file, f"the step from {step.start:g} % promotes at errors that roll back")
        if step.to <= step.start:
            raise PolicyError(file, f"the step from {step.start:g} % leads back to {step.to:g} %")
    return policy


def _not_finite(path: str, value: object) -> Iterator[str]:
    """Yield where a policy holds a number that is none: no value lies on either side of it."""
    match value:
        case float() if not math.isfinite(value):
            yield f"{path} is {value:g}: a number is needed"
        case dict():
            for name, part in value.items():
                yield from _not_finite(f"{path}.{name}", part)
        case list() | tuple():
            for place, part in enumerate(value):
                yield from _not_finite(f"{path}[{place}]", part)

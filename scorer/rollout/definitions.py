"""Definitions: by which version of the rates' definitions a verdict was reached, and how each version judges.

A record keeps the version. A change of what a rate or a bar means gets a new one, and the old stays in a module of its
own, so that the verdicts of before can be computed again.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from schemas.events.rollout import Evidence
from scorer.errors import PolicyError
from scorer.rollout.judge import judge
from scorer.rollout.judge_v1 import Outcome, judge_v1
from scorer.rollout.metrics import Standing
from scorer.rollout.policy import parse_policy

CURRENT: Final = 3  # 3: criteria of the policy's own, and limits of each category


def judge_v2(terms: str, observations: Mapping[str, float]) -> Outcome:
    """Return what version 2 says: today's definitions, without criteria of the policy's own.

    Raises PolicyError or msgspec.ValidationError.
    """
    return _judge(terms, Standing.from_numbers(observations))


def _standing(evidence: Evidence) -> Standing:
    return Standing.from_numbers(evidence.observations, evidence.criteria, evidence.categories)


def _judge(terms: str, standing: Standing) -> Outcome:
    found = judge(parse_policy(terms), standing)
    return Outcome(found.verdict, found.percent)


_BY_VERSION: Final = MappingProxyType[int, Callable[[str, Evidence], Outcome]](
    {
        1: lambda terms, evidence: judge_v1(terms, evidence.observations),
        2: lambda terms, evidence: judge_v2(terms, evidence.observations),
        CURRENT: lambda terms, evidence: _judge(terms, _standing(evidence)),
    }
)


def judge_again(evidence: Evidence) -> Outcome:
    """Return the verdict that evidence gives by its own version's definitions.

    Raises PolicyError where version or terms are unknown, msgspec.ValidationError where its numbers are not.
    """
    how = _BY_VERSION.get(evidence.definitions)
    if how is None:
        raise PolicyError(
            "evidence", f"its definitions have version {evidence.definitions}, this program knows 1 to {CURRENT}"
        )
    if evidence.terms is None:
        raise PolicyError("evidence", f"it does not hold the terms of policy {evidence.policy}")
    return how(evidence.terms, evidence)

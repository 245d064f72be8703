"""Next labels: the order in which unlabelled merchants are worth a person's label, and what their labels change; pure.

The judge counts one sign per merchant (scorer.rollout.paired_outcomes): a merchant whose transactions the two policies
answer differently brings the decision nearer, one that they answer alike hardly does. A merchant whose transactions get
no suggestion raises coverage once the model or a hint knows it.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from scorer.rollout.forecast import forecast
from scorer.rollout.paired_outcomes import Signs
from scorer.rollout.policy import Policy, Step


class Aim(StrEnum):
    """What labels are asked for."""

    DECISION = "decision"
    COVERAGE = "coverage"


class NewestTransaction(Struct, frozen=True):
    """The transaction that a label is given to."""

    user_id: str
    account_id: str
    txn_id: str
    description: str
    amount: str
    currency: str
    compared_at: datetime


class UnlabelledMerchant(Struct, kw_only=True):
    """One merchant of the sample: transactions, those without a suggestion, those that both policies answer apart."""

    key: str
    newest: NewestTransaction
    transactions: int = 0
    silent: int = 0
    differ: int = 0
    users: int = 0


class Window(Struct, frozen=True):
    """The sample: all of its transactions, those with a suggestion, and the merchants without a label."""

    transactions: int
    answered: int
    merchants: list[UnlabelledMerchant]


class Effect(Struct, frozen=True):
    """A number as it is, and as it would be with the labels."""

    without: float | None
    with_labels: float | None


def choose(window: Window, aim: Aim, *, count: int) -> list[UnlabelledMerchant]:
    """Return the merchants that are worth a label most, at most ``count``; none that would change nothing."""
    worth = {one.key: one.differ if aim is Aim.DECISION else one.silent for one in window.merchants}
    useful = [one for one in window.merchants if worth[one.key]]
    useful.sort(key=lambda one: (-worth[one.key], -one.transactions, one.key))
    return useful[:count]


def coverage_effect(window: Window, chosen: Sequence[UnlabelledMerchant]) -> Effect:
    """Return the share of transactions with a suggestion; with labels, those of the chosen merchants have one, too."""
    if not window.transactions:
        return Effect(None, None)
    more = sum(one.silent for one in chosen)
    return Effect(window.answered / window.transactions, (window.answered + more) / window.transactions)


def days_to_decision(
    policy: Policy, step: Step, signs: Signs, chosen: Sequence[UnlabelledMerchant], *, days: float, has_champion: bool
) -> Effect | None:
    """Return the days until the paired test of a step is expected to say yes; None where the step asks for none.

    The labels are taken to speak for and against the canary as the earlier ones do.
    """
    now = forecast(policy, step, signs, days=days, has_champion=has_champion)
    labels = sum(1 for one in chosen if one.differ)
    ahead = forecast(policy, step, signs, days=days, has_champion=has_champion, labels=labels)
    return None if now is None or ahead is None else Effect(now.expected, ahead.expected)

"""Fault injection: a history with a known fault in the canary alone, from a minute on."""

from dataclasses import replace
from enum import StrEnum

import numpy as np

from scorer.backtest.history import MINUTES_A_DAY, History

ACCEPTED, LOW_CONFIDENCE, UNAVAILABLE, ERROR = range(4)  # columns of ``asked``


class Fault(StrEnum):
    """What goes wrong."""

    NONE = "none"
    LATENCY_STEP = "latency step"  # every batch takes between half a second and a second
    OUTAGE = "outage"  # the model answers nothing for two hours
    ERRORS = "errors"  # the canary's model fails on a tenth of what it is asked
    LOW_CONFIDENCE = "low confidence"  # the canary's model is sure enough of one answer in twenty
    WRONG_CATEGORIES = "wrong categories"  # three in ten of the canary's answers become wrong
    LABEL_DELAY = "label delay"  # labels come three weeks later, and categories are wrong


def inject(history: History, fault: Fault, *, at: int, dice: np.random.Generator) -> History:
    """Return the history with a fault from minute ``at`` on."""
    match fault:
        case Fault.NONE:
            return history
        case Fault.LATENCY_STEP:
            latencies = history.latencies.copy()
            latencies[at:] = 0
            latencies[at:, -2] = history.transactions[at:]
            return replace(history, latencies=latencies)
        case Fault.OUTAGE:
            asked = history.asked.copy()
            until = at + MINUTES_A_DAY // 12
            asked[at:until] = 0
            asked[at:until, UNAVAILABLE] = history.asked[at:until].sum(axis=1)
            return replace(history, asked=asked)
        case Fault.ERRORS:
            return with_errors(history, 0.1, at=at, dice=dice)
        case Fault.LOW_CONFIDENCE:
            asked = history.asked.copy()
            lost = dice.binomial(history.asked[at:, ACCEPTED], 1 - 0.05 / 0.7)
            asked[at:, ACCEPTED] -= lost
            asked[at:, LOW_CONFIDENCE] += lost
            return replace(history, asked=asked)
        case Fault.WRONG_CATEGORIES:
            return _turn_wrong(history, at=at, dice=dice)
        case Fault.LABEL_DELAY:
            late = history.signs.copy()
            late[:, 0] += 21 * MINUTES_A_DAY
            return _turn_wrong(replace(history, signs=late), at=at + 21 * MINUTES_A_DAY, dice=dice)


def with_errors(history: History, rate: float, *, at: int, dice: np.random.Generator) -> History:
    """Return the history with the canary's model failing on a share of what it is asked, from minute ``at`` on.

    What fails already is part of the share.
    """
    asked = history.asked.copy()
    failing = history.asked[:, UNAVAILABLE:].sum() / max(1, history.asked.sum())
    lost = dice.binomial(history.asked[at:, :UNAVAILABLE], max(0.0, (rate - failing) / (1 - failing)))
    asked[at:, :UNAVAILABLE] -= lost
    asked[at:, ERROR] += lost.sum(axis=1)
    return replace(history, asked=asked)


def _turn_wrong(history: History, *, at: int, dice: np.random.Generator, share: float = 0.3) -> History:
    """Make three in ten merchants whose labels settle from ``at`` on ones that the canary serves worse."""
    signs = history.signs.copy()
    turned = (signs[:, 0] >= at) & (dice.random(len(signs)) < share)
    signs[turned, 1] = -1
    disagree = history.disagree + dice.binomial(history.agree, np.where(np.arange(history.minutes) >= at, share, 0.0))
    return replace(history, signs=signs, disagree=disagree, agree=history.agree + history.disagree - disagree)

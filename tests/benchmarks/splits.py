"""Parted: the ways in which labelled purchases are divided into what a model learns and what it is judged on."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

from tests.benchmarks.model import descriptions, seconds_of
from trainer.dataset.merchant_priors import priors_as_of_month
from trainer.dataset.table import TrainingTable

GATE_FROM = "2016-07-01"
CALIBRATE_FROM = "2016-01-01"
WALK_FORWARD = (("2015-01-01", "2015-07-01"), ("2015-07-01", "2016-01-01"))
ANYTHING = "random rows"
BY_DESCRIPTION = "exact merchant held out"  # the description as it was written
BY_MERCHANT = "merchant key held out"
BY_FIRST_WORD = "first word held out"
_DAY = 86_400


class Part(NamedTuple):
    """Row masks of one training and of what it is judged on; ``cut_off`` is the day that freezes the priors."""

    learnt: npt.NDArray[np.bool_]
    judged: npt.NDArray[np.bool_]
    cut_off: int


def walk_forward(table: TrainingTable) -> Iterator[Part]:
    """Yield half years inside the train fold, each learnt from all that was known before it."""
    for begin, end in WALK_FORWARD:
        first, last = seconds_of(begin), seconds_of(end)
        learnt = (table.occurred_at < first) & (table.observed_at < first)
        yield Part(learnt, (table.occurred_at >= first) & (table.occurred_at < last), first)


def parts(table: TrainingTable, how: str, count: int) -> Iterator[Part]:
    """Yield ``count`` parts of which each row is judged in exactly one; rows of one group are never divided."""
    groups = {
        ANYTHING: table.txn_ids,
        BY_DESCRIPTION: descriptions(table),
        BY_MERCHANT: table.keys,
        BY_FIRST_WORD: tuple(norm.partition(" ")[0] for norm in table.norms),
    }[how]
    # Not the remainder by ``count``: a training parts its rows by that, and would have a part less than outside.
    part = np.array([crc32(group.encode("utf-8", "surrogatepass")) // count % count for group in groups])
    cut_off = int(table.observed_at.max()) + _DAY
    for number in range(count):
        yield Part(part != number, part == number, cut_off)


def learnt_rows(table: TrainingTable, part: Part) -> TrainingTable:
    """Return the rows to learn from; what was known of their merchants comes from these rows alone."""
    rows = table.rows(part.learnt)
    prior, support = priors_as_of_month(
        rows.keys, rows.labels, occurred_at=rows.occurred_at, observed_at=rows.observed_at
    )
    return replace(rows, prior=prior, support=support)

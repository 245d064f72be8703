"""From transactions: a training table straight from labelled transactions, as the warehouse would have built it."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from schemas.events.feedback import LabelSource
from schemas.events.transaction import Transaction
from schemas.text.descriptor import build_descriptor
from scorer.features.features import numerics
from scorer.model.lexicon import Vocabulary
from trainer.dataset.merchant_priors import priors_as_of_month
from trainer.dataset.table import TrainingTable, label_indices

LABEL_DELAY_SECONDS = 7 * 86_400


def build_table(
    transactions: Sequence[Transaction],
    labels: Sequence[str],
    *,
    vocabulary: Vocabulary,
    source: LabelSource = LabelSource.IMPORT,
    label_delay_seconds: int = LABEL_DELAY_SECONDS,
) -> TrainingTable:
    """Return the table; every label counts as observed ``label_delay_seconds`` after its transaction.

    Raises TrainingDataError for a label outside the taxonomy.
    """
    order = sorted(range(len(transactions)), key=lambda place: _order(transactions[place]))
    rows = [transactions[place] for place in order]
    descriptors = [build_descriptor(row) for row in rows]
    keys = tuple(descriptor.merchant_key for descriptor in descriptors)
    occurred_at = np.array([int(row.occurred_at.timestamp()) for row in rows], dtype=np.int64)
    observed_at = occurred_at + label_delay_seconds
    indices = label_indices([labels[place] for place in order])
    prior, support = priors_as_of_month(keys, indices, occurred_at=occurred_at, observed_at=observed_at)
    return TrainingTable(
        txn_ids=tuple(row.txn_id for row in rows),
        accounts=tuple((row.user_id, row.account_id) for row in rows),
        occurred_at=occurred_at,
        observed_at=observed_at,
        labels=indices,
        sources=(source,) * len(rows),
        norms=tuple(descriptor.norm for descriptor in descriptors),
        keys=keys,
        written=tuple(descriptor.written for descriptor in descriptors),
        numeric=numerics(rows, descriptors, mcc=vocabulary.mcc),
        prior=prior,
        support=support,
    )


def _order(row: Transaction) -> tuple[datetime, str, str, str]:
    """The mart's order: by time, then by what names a transaction."""
    return row.occurred_at, row.txn_id, row.user_id, row.account_id

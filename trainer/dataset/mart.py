"""Mart: the training mart, read by one SELECT."""

from datetime import datetime
from typing import Final

import numpy as np

from schemas.events.feedback import LabelSource
from schemas.taxonomy import CATEGORIES
from scorer.features.features import FEATURE_VERSION, NUMERIC_NAMES
from trainer.dataset.db import transaction_on
from trainer.dataset.table import TrainingTable, label_indices
from trainer.errors import DataFault, TrainingDataError

MART: Final = "marts.fct_training_view"
# Positions and names are told to Postgres in the order in which TrainingTable is built from them.
_SELECT: Final = """
select txn_id, extract(epoch from occurred_at)::bigint, extract(epoch from label_observed_at)::bigint,
    label, label_source, feature_version, norm_desc, merchant_key, written,
    "numeric", merchant_prior, merchant_support, user_id, account_id
from marts.fct_training_view
where occurred_at < %(as_of)s and label_observed_at < %(as_of)s
order by occurred_at, txn_id, user_id, account_id
"""


def read_mart(dsn: str, *, as_of: datetime) -> TrainingTable:
    """Return the labelled transactions that were known before ``as_of``.

    Raises WarehouseError where Postgres or the mart is missing, TrainingDataError where rows are of other features.
    """
    with (
        transaction_on(dsn, MART, missing="ledgermind warehouse build") as connection,
        connection.cursor(binary=True) as cursor,
    ):
        rows = cursor.execute(_SELECT, {"as_of": as_of}).fetchall()
    columns = list(zip(*rows, strict=True)) if rows else [()] * 14
    versions = sorted(set(columns[5]) - {FEATURE_VERSION})
    if versions:
        what = f"the mart holds features {versions[0]}, this program makes {FEATURE_VERSION}"
        raise TrainingDataError(
            DataFault.FEATURE_VERSION, f"{what}: run `ledgermind features`, then build the warehouse"
        )
    return TrainingTable(
        txn_ids=tuple(columns[0]),
        accounts=tuple(zip(columns[12], columns[13], strict=True)),
        occurred_at=np.array(columns[1], dtype=np.int64),
        observed_at=np.array(columns[2], dtype=np.int64),
        labels=label_indices(columns[3]),
        sources=tuple(LabelSource(source) for source in columns[4]),
        norms=tuple(columns[6]),
        keys=tuple(columns[7]),
        written=tuple(columns[8]),
        numeric=_matrix(columns[9], len(NUMERIC_NAMES), "numeric"),
        prior=_matrix(columns[10], len(CATEGORIES), "merchant_prior"),
        support=np.array(columns[11], dtype=np.float32),
    )


def _matrix(lists: tuple[list[float], ...], width: int, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return float32 [rows, width]; raises TrainingDataError for a row of another length."""
    if any(len(numbers) != width for numbers in lists):
        what = f"{MART}.{name} holds a row that is not {width} numbers long: run `ledgermind features` again"
        raise TrainingDataError(DataFault.FEATURE_VERSION, what)
    return np.array(lists, dtype=np.float32).reshape(len(lists), width)

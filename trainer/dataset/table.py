"""Table: labelled transactions in columns, checked once, as the training mart or a labelled file gives them."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import numpy as np
import numpy.typing as npt

from schemas.events.feedback import LabelSource
from schemas.taxonomy import CATEGORIES
from schemas.text.descriptor import Descriptor
from scorer.features.features import FEATURE_VERSION, NUMERIC_NAMES
from trainer.errors import DataFault, TrainingDataError

# A human outweighs a rule, a rule an import: the weight of one row of each.
SOURCE_WEIGHTS: Final = {LabelSource.HUMAN: 1.0, LabelSource.RULE: 0.8, LabelSource.IMPORT: 0.6}
CATEGORY_INDEX: Final = {category.value: index for index, category in enumerate(CATEGORIES)}


@dataclass(frozen=True, slots=True)
class TrainingTable:
    """One labelled transaction per row, in ascending order of ``occurred_at`` and then ``txn_ids``.

    ``accounts`` are (user_id, account_id) of each row: banks number per account, so a txn_id may come twice.

    Times are seconds since 1970 in UTC, ``labels`` category indices. ``prior`` float32 [rows, categories] and
    ``support`` are what was known of the merchant before the month of the transaction.
    """

    txn_ids: tuple[str, ...]
    accounts: tuple[tuple[str, str], ...]
    occurred_at: npt.NDArray[np.int64]
    observed_at: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]
    sources: tuple[LabelSource, ...]
    norms: tuple[str, ...]
    keys: tuple[str, ...]
    written: tuple[str, ...]
    numeric: npt.NDArray[np.float32]
    prior: npt.NDArray[np.float32]
    support: npt.NDArray[np.float32]
    row_weight_factor: npt.NDArray[np.float64] | None = (
        None  # a factor of each row's weight, where rows are not all real
    )

    def __len__(self) -> int:
        return len(self.txn_ids)

    @property
    def identities(self) -> list[tuple[str, str, str]]:
        """What names the transaction of each row: (user_id, account_id, txn_id)."""
        return [(*account, txn_id) for account, txn_id in zip(self.accounts, self.txn_ids, strict=True)]

    @property
    def weights(self) -> npt.NDArray[np.float64]:
        """How much each row counts, by the source of its label; 1 on average where every row is trusted."""
        weights = np.array([SOURCE_WEIGHTS[source] for source in self.sources], dtype=np.float64)
        mean = float(weights.mean()) if weights.size else 1.0
        return np.divide(weights, mean) * (1.0 if self.row_weight_factor is None else self.row_weight_factor)

    @property
    def descriptors(self) -> list[Descriptor]:
        """The wordings of each row as serving would have them."""
        return list(map(Descriptor, self.norms, self.keys, self.written))

    def rows(self, kept: npt.NDArray[np.generic]) -> "TrainingTable":
        """Return the rows that a mask or an index array names, in their order."""
        places = np.arange(len(self))[kept]
        return TrainingTable(
            txn_ids=tuple(self.txn_ids[place] for place in places),
            accounts=tuple(self.accounts[place] for place in places),
            occurred_at=self.occurred_at[places],
            observed_at=self.observed_at[places],
            labels=self.labels[places],
            sources=tuple(self.sources[place] for place in places),
            norms=tuple(self.norms[place] for place in places),
            keys=tuple(self.keys[place] for place in places),
            written=tuple(self.written[place] for place in places),
            numeric=self.numeric[places],
            prior=self.prior[places],
            support=self.support[places],
            row_weight_factor=None if self.row_weight_factor is None else self.row_weight_factor[places],
        )

    def fingerprint(self) -> str:
        """Return the SHA-256 of everything in the table: the same rows give the same word."""
        digest = sha256(f"{FEATURE_VERSION}:{len(self)}\n".encode())
        users, accounts = ([account[part] for account in self.accounts] for part in (0, 1))
        for texts in (self.txn_ids, users, accounts, self.sources, self.norms, self.keys, self.written):
            digest.update("\n".join(texts).encode("utf-8", "surrogatepass") + b"\0")
        for array in (self.occurred_at, self.observed_at, self.labels, self.numeric, self.prior, self.support):
            digest.update(np.ascontiguousarray(array).tobytes())
        if self.row_weight_factor is not None:
            digest.update(self.row_weight_factor.tobytes())
        return digest.hexdigest()


def label_indices(labels: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the category index of each label; raises TrainingDataError for one outside the taxonomy."""
    unknown = sorted(set(labels) - CATEGORY_INDEX.keys())
    if unknown:
        what = f"{len(unknown)} labels are outside the taxonomy, the first is {unknown[0][:40]!r}: map or remove them"
        raise TrainingDataError(DataFault.UNKNOWN_LABEL, what)
    return np.array([CATEGORY_INDEX[label] for label in labels], dtype=np.int64)


def check(table: TrainingTable) -> None:
    """Raise TrainingDataError where the table cannot make a model at all."""
    if not len(table):
        raise TrainingDataError(
            DataFault.EMPTY, "the training mart is empty: land transactions and labels, then build it"
        )
    if len(np.unique(table.labels)) < 2:
        only = CATEGORIES[int(table.labels[0])]
        raise TrainingDataError(DataFault.ONE_CLASS, f"every label is {only}: a model needs at least two categories")
    if table.numeric.shape != (len(table), len(NUMERIC_NAMES)):
        what = f"rows have {table.numeric.shape[-1]} numbers, features {FEATURE_VERSION} have {len(NUMERIC_NAMES)}"
        raise TrainingDataError(DataFault.FEATURE_VERSION, f"{what}: run `ledgermind features` again")
    if not (np.isfinite(table.numeric).all() and np.isfinite(table.prior).all()):
        raise TrainingDataError(DataFault.NOT_FINITE, "a feature is not finite: run `ledgermind features` again")

"""Merchant priors: each merchant's labelled past, as it was known at a row's month and at a release's cut-off.

The definition is that of the warehouse's merchants: a label counts from the month after the one in which it became
known.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from schemas.taxonomy import CATEGORIES
from scorer.model.merchant_priors import MerchantPriors

_COUNT = len(CATEGORIES)
_Floats = npt.NDArray[np.float32]


def month_of(seconds: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return months since 1970-01 of times in seconds since 1970."""
    return seconds.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)


def priors_as_of_month(
    keys: Sequence[str],
    labels: npt.NDArray[np.int64],
    *,
    occurred_at: npt.NDArray[np.int64],
    observed_at: npt.NDArray[np.int64],
) -> tuple[_Floats, _Floats]:
    """Return prior float32 [rows, categories] and support float32 [rows], each as of the row's own month."""
    names, merchant = np.unique(np.array(keys, dtype=object), return_inverse=True)
    known_in, occurred_in = month_of(observed_at), month_of(occurred_at)
    counts = np.zeros((len(names), _COUNT), dtype=np.float64)
    counts_for = names != ""
    prior = np.zeros((len(labels), _COUNT), dtype=np.float32)
    support = np.zeros(len(labels), dtype=np.float32)
    by_known = np.argsort(known_in, kind="stable")
    counted_until = 0
    for month in np.unique(occurred_in):
        until = int(np.searchsorted(known_in[by_known], month, side="left"))
        new = by_known[counted_until:until]
        np.add.at(counts, (merchant[new], labels[new]), 1.0)
        counted_until = until
        here = np.flatnonzero(occurred_in == month)
        here = here[counts_for[merchant[here]]]
        found = counts[merchant[here]]
        support[here] = found.sum(axis=1)
        prior[here] = found / np.maximum(found.sum(axis=1, keepdims=True), 1.0)
    return prior, support


def priors_at_cutoff(
    keys: Sequence[str], labels: npt.NDArray[np.int64], *, observed_at: npt.NDArray[np.int64], cut_off: int
) -> MerchantPriors:
    """Return the priors from all labels observed before ``cut_off`` (seconds since 1970), merchants in order."""
    kept = [place for place, key in enumerate(keys) if key and observed_at[place] < cut_off]
    names, merchant = np.unique(np.array([keys[place] for place in kept], dtype=np.str_), return_inverse=True)
    counts = np.zeros((len(names), _COUNT), dtype=np.float64)
    np.add.at(counts, (merchant, labels[kept]), 1.0)
    support = counts.sum(axis=1)
    shares = counts / np.maximum(support, 1.0)[:, None]
    return MerchantPriors(tuple(map(str, names)), shares.astype(np.float32), support.astype(np.float32))

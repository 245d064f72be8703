"""Collinear: merges exactly collinear columns of a sparse matrix before a penalised fit.

A name that occurs in one wording brings dozens of n-grams that occur nowhere else: columns that are multiples of each
other, between which a penalised fit spreads one weight. To search for that one weight is the same problem, and smaller.
"""

from typing import Final

import numpy as np
from scipy.sparse import csr_array

_SEED: Final = 5
_STEPS: Final = 1 << 20  # of a unit column's shadow: multiples of one column differ by rounding only


def merge_collinear_columns(matrix: csr_array) -> csr_array:
    """Return float32 [columns, groups] whose columns have unit length and no entry in common.

    Columns of ``matrix`` that are positive multiples of each other are one group (but for a few that rounding parts),
    with entries as their lengths; a column of zeros has none. With B for the result, a linear fit of
    ``matrix`` @ B whose squared weights are penalised finds v where that of ``matrix`` finds B @ v.
    """
    columns = matrix.tocsc(copy=True)
    columns.sum_duplicates()
    columns.eliminate_zeros()
    used = np.flatnonzero(np.diff(columns.indptr))
    if not used.size:
        return csr_array((matrix.shape[1], 0), dtype=np.float32)
    begins = columns.indptr[used]
    dice = np.random.default_rng(_SEED)
    row_hashes = dice.integers(1, 1 << 62, matrix.shape[0])
    projection = dice.normal(size=matrix.shape[0])
    lengths = np.sqrt(np.add.reduceat(np.square(columns.data, dtype=np.float64), begins))
    rows = np.add.reduceat(row_hashes[columns.indices], begins)  # wraps around: a sum tells which rows, not how many
    projected = np.add.reduceat(columns.data * projection[columns.indices], begins) / lengths
    group_keys = np.stack((rows, np.rint(projected * _STEPS).astype(np.int64)))
    _, group = np.unique(group_keys, axis=1, return_inverse=True)
    group_norms = np.sqrt(np.bincount(group, weights=lengths**2))
    entries = (lengths / group_norms[group]).astype(np.float32)
    return csr_array((entries, (used, group)), shape=(matrix.shape[1], len(group_norms)))

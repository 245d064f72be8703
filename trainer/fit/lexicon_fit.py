"""Lexicon fit: what the shipped names and words say of a wording by themselves, before any label."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits

from schemas.taxonomy import CATEGORIES
from scorer.model.lexicon import Document
from scorer.model.text_model import weigh
from scorer.model.token_hashing import BUCKETS, HashedText
from trainer.fit.multinomial_logistic import fit_multinomial

PENALTY: Final = 0.1
MIN_DOCUMENT_FREQUENCY: Final = (
    3  # n-grams of fewer documents are the names themselves, and exact brands are known already
)
TOLERANCE: Final = 1e-4
_COUNT: Final = len(CATEGORIES)


def fit_lexicon(
    documents: Sequence[Document], hashed: HashedText, idf: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return weights float32 [BUCKETS, categories] and intercepts float32 [categories], in logits around 0.

    A multinomial logistic regression on the TF-IDF of ``documents`` (``hashed`` holds their n-grams). A category's
    documents weigh one over the root of their number, or the thousands of shop names would drown the rest. A category
    without a document gets 0, as all do where there are not two to tell apart.
    """
    weights = np.zeros((BUCKETS, _COUNT), dtype=np.float32)
    intercept = np.zeros(_COUNT, dtype=np.float32)
    classes, named = np.unique(np.array([document.category for document in documents], np.int64), return_inverse=True)
    if len(classes) < 2:
        return weights, intercept
    of_class = 1.0 / np.sqrt(np.bincount(named))
    share = of_class[named]
    active = np.flatnonzero(hashed.document_frequency() >= min(MIN_DOCUMENT_FREQUENCY, len(documents) // len(classes)))
    matrix = csr_array(weigh(hashed, idf).tocsc()[:, active])
    with threadpool_limits(limits=1):
        found = fit_multinomial(
            matrix,
            named,
            share / share.mean(),
            count=len(classes),
            penalty=PENALTY,
            tolerance=TOLERANCE,
        )
    weights[np.ix_(active, classes)] = found.weights - found.weights.mean(axis=1, keepdims=True)
    intercept[classes] = found.intercept - found.intercept.mean()
    return weights, intercept

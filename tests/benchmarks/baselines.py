"""Baselines: what a plain linear model over the descriptions gives on the same rows, without anything of ours."""

import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.base import ClassifierMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC


class Baseline(NamedTuple):
    """A name, the category that it gives each row, and the seconds of CPU that it took to learn and to answer."""

    name: str
    best: npt.NDArray[np.int64]
    seconds: float


def baselines(
    learnt: Sequence[str], labels: npt.NDArray[np.int64], asked: Sequence[str], *, seed: int
) -> list[Baseline]:
    """Return TF-IDF of words and pairs of words under two linear models, scikit-learn's defaults but for C."""
    began = time.process_time()
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2, token_pattern=r"(?u)\b\w+\b")
    past, later = words.fit_transform(learnt), words.transform(asked)
    shared = time.process_time() - began
    models: list[tuple[str, ClassifierMixin]] = [
        ("TF-IDF + LinearSVC", LinearSVC(random_state=seed)),
        ("TF-IDF + LogisticRegression", LogisticRegression(C=10.0, max_iter=300, random_state=seed)),
    ]
    found = []
    for name, model in models:
        began = time.process_time()
        best = model.fit(past, labels).predict(later)
        found.append(Baseline(name, best, shared + time.process_time() - began))
    return found

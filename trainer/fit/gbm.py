"""GBM: small trees that start from the text's log-probabilities and add what the other features know."""

import os
import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from schemas.taxonomy import CATEGORIES
from scorer.features.features import FEATURE_NAMES

THREADS: Final = 2  # fixed: sums in another number of parts could round differently
MAX_RAW_SCORE: Final = 60.0  # an unregularised multiclass booster can diverge; float32 loses its digits there
# Nothing is sampled: a few merchants with many rows stand near a border, and the draw would decide for them.
PARAMETERS: Final[dict[str, float | int | str | bool]] = {
    "objective": "multiclass",
    "num_class": len(CATEGORIES),
    "min_data_in_leaf": 40,
    "lambda_l2": 5.0,
    "max_bin": 63,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


@dataclass(frozen=True, slots=True)
class BoosterSize:
    """How many trees per category, of how many leaves, and how far each goes."""

    rounds: int = 40
    leaves: int = 12
    learning_rate: float = 0.1


DEFAULT_SIZE: Final = BoosterSize()  # serving pays for every tree (docs/EXPERIMENTS.md has the numbers)


def fit_booster(
    features: npt.NDArray[np.float32],
    labels: npt.NDArray[np.int64],
    weights: npt.NDArray[np.float64],
    init_scores: npt.NDArray[np.float32],
    *,
    seed: int,
    size: BoosterSize = DEFAULT_SIZE,
) -> str:
    """Return the booster, as LightGBM's text, trained from the raw scores ``init_scores`` [rows, categories]."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning threads cost tenfold on a shared machine
    import lightgbm  # noqa: PLC0415 - after the policy is set, which libgomp reads when it is loaded

    data = lightgbm.Dataset(
        features,
        labels,
        weight=weights,
        init_score=init_scores.astype(np.float64).ravel(order="F"),
        feature_name=_plain_names(),
        free_raw_data=True,
    )
    parameters = PARAMETERS | {"num_leaves": size.leaves, "learning_rate": size.learning_rate}
    booster = lightgbm.train(parameters | {"seed": seed, "num_threads": THREADS}, data, num_boost_round=size.rounds)
    return str(booster.model_to_string(importance_type="gain"))


def raw_scores(booster_text: str, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Return what LightGBM itself says, raw scores float64 [rows, categories] without the text's part.

    Raises ValueError where the text is no booster, or does not hold all its trees.
    """
    import lightgbm  # noqa: PLC0415

    if not _is_whole(booster_text):  # LightGBM ends the whole process over a tree that is cut short
        raise ValueError("is no booster, or not all of it")
    try:
        booster = lightgbm.Booster(model_str=booster_text)
        scores = booster.predict(features.astype(np.float64), raw_score=True, num_threads=1)
    except lightgbm.basic.LightGBMError as error:
        raise ValueError(f"cannot be used: {error}") from error
    return np.asarray(scores, dtype=np.float64)


def _is_whole(booster_text: str) -> bool:
    """Return whether each tree is as long as the header says, and the last is followed by their end."""
    sizes = re.search(r"^tree_sizes=([0-9 ]+)$", booster_text, re.MULTILINE)
    begin = booster_text.find("\nTree=0\n")
    if sizes is None or begin < 0 or not booster_text.isascii():
        return False
    end = begin + 1 + sum(map(int, sizes[1].split()))
    return booster_text.startswith("end of trees", end)


def _plain_names() -> list[str]:
    """Return the feature names without the characters that LightGBM's text format gives a meaning.

    Places instead of names where an own category's id has other letters, or two would be called alike.
    """
    names = [name.replace("&", "and").replace(",", "").replace(" ", "_") for name in FEATURE_NAMES]
    if len(set(names)) == len(names) and all(name.isascii() for name in names):
        return names
    return [f"feature_{place}" for place in range(len(names))]

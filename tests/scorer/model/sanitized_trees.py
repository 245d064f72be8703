"""Sanitized trees: a program that lets a library built with sanitizers score mutated trees; a fault ends it.

``python -m tests.scorer.model.sanitized_trees LIBRARY ONNX COUNT`` prints how many were refused and how many scored.
"""

import ctypes
import random
import sys
from pathlib import Path

import numpy as np
import onnx

from schemas.taxonomy import CATEGORIES
from scorer.features.features import FEATURE_NAMES
from scorer.model.bit_vectors import BitVectors
from scorer.model.compiled import declare
from scorer.model.ensemble import read_ensemble
from tests.scorer.model.odd_features import odd_features
from tests.support.mutated_releases import of_bytes, of_trees

ROWS = (0, 1, 31, 32, 33, 500)


def main(library: ctypes.CDLL, content: bytes, count: int) -> None:
    """Score ``content`` and ``count`` mutations of it, in batches around the size of a block."""
    declare(library)
    scored = 0
    for number in range(count + 1):
        dice = random.Random(number)
        mutated = content if number == 0 else dice.choice((of_an_index, of_an_index, of_trees, of_bytes))(content, dice)
        try:
            ensemble = read_ensemble(mutated, features=len(FEATURE_NAMES), classes=len(CATEGORIES))
        except ValueError:
            continue
        trees = BitVectors(ensemble, library)
        for rows in ROWS:
            assert trees.raw(odd_features(rows, seed=number)).shape == (rows, len(CATEGORIES))
        scored += 1
    print(f"refused {count + 1 - scored}, scored {scored}")  # noqa: T201 - its answer


def of_an_index(content: bytes, dice: random.Random) -> bytes:
    """Return the trees with an index or a number, or a run of them, that is another, or lie just or far outside."""
    model = onnx.load_from_string(content)
    columns = [one for one in model.graph.node[0].attribute if len(one.ints) or len(one.floats)]
    chosen = dice.choice(columns)
    column = chosen.floats if len(chosen.floats) else chosen.ints
    further = (-np.inf, np.inf, np.nan, 1e38) if len(chosen.floats) else (-1, 9_999, 2**20, 2**31 - 1)
    odd = dice.choice((0, len(CATEGORIES), len(FEATURE_NAMES), dice.choice(column), *further))
    first, count = dice.randrange(len(column)), dice.choice((1, 40))  # 40 are whole trees
    column[first : first + count] = [odd] * len(column[first : first + count])
    return bytes(model.SerializeToString(deterministic=True))


if __name__ == "__main__":
    np.seterr(all="raise")
    main(ctypes.CDLL(sys.argv[1]), Path(sys.argv[2]).read_bytes(), int(sys.argv[3]))

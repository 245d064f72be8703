"""Damage: a sound release's files, spoilt in every way that somebody must notice, and what is to be said of each."""

import json
from collections.abc import Callable
from typing import Final

import numpy as np
import onnx

from schemas.taxonomy import CATEGORIES
from scorer.model.arrays import describe_all, pack, unpack
from scorer.release.manifest import (
    BOOSTER,
    CALIBRATION,
    GOLDEN,
    KNOWN_WORDS,
    MANIFEST,
    TEXT,
    THRESHOLDS,
    TREES,
    hash_of,
)

Files = dict[str, bytes]
Damage = tuple[str, Callable[[Files], Files], str]

FLAT: Final = {"x": [0.0, 1.0], "y": [0.0, 0.0], "weight": 1.0}


def resealed(files: Files, **changed: object) -> Files:
    """Return the files under a manifest that fits them, with some of its fields changed."""
    fields = json.loads(files[MANIFEST]) | changed
    fields["files"] = {name: hash_of(content) for name, content in files.items() if name != MANIFEST}
    fields["sizes"] = {name: len(content) for name, content in files.items() if name != MANIFEST}
    fields["arrays"] = {name: arrays_of(content) for name, content in files.items() if name in fields["arrays"]}
    return files | {MANIFEST: json.dumps(fields).encode()}


def arrays_of(content: bytes) -> dict[str, str]:
    """Return what a manifest says of an npz file, nothing of one that is none."""
    try:
        return describe_all(content)
    except ValueError:
        return {}


def with_json(files: Files, name: str, **changed: object) -> Files:
    """Return the files with fields of a JSON file changed, and a manifest that fits."""
    return resealed(files | {name: json.dumps(json.loads(files[name]) | changed).encode()})


def with_nan(files: Files) -> Files:
    """Return the files with a text weight that is no number."""
    arrays = unpack(files[TEXT], ("active", "weights", "idf", "intercept"))
    arrays["weights"] = arrays["weights"].copy()
    arrays["weights"][0, 0] = np.nan
    return resealed(files | {TEXT: pack(**arrays)})


def without_known_words(files: Files) -> Files:
    """Return the files with no word that was seen."""
    nothing = np.empty(0, dtype=np.uint64)
    return resealed(files | {KNOWN_WORDS: pack(words=nothing, grams=nothing)})


def with_other_golden(files: Files) -> Files:
    """Return the files with a golden answer that the model does not give."""
    lines = files[GOLDEN].splitlines()
    row = json.loads(lines[0])
    row["probabilities"][0] += 0.01
    return resealed(files | {GOLDEN: b"\n".join([json.dumps(row).encode(), *lines[1:]])})


def with_isotonic_maps(files: Files, *knots: object) -> Files:
    """Return the files with isotonic knots of the first categories."""
    return with_json(files, CALIBRATION, knots=[*knots, *[None] * (len(CATEGORIES) - len(knots))])


def with_other_order_in_trees(files: Files) -> Files:
    """Return the files with trees that name another class order."""
    model = onnx.load_from_string(files[TREES])
    model.metadata_props[0].value = "|".join(reversed(model.metadata_props[0].value.split("|")))
    return resealed(files | {TREES: model.SerializeToString(deterministic=True)})


def with_other_order_in_booster(files: Files) -> Files:
    """Return the files with a booster whose first two classes are exchanged: its trees come class by class."""
    head, trees, rest = _parts(files[BOOSTER].decode())
    for first in range(0, len(trees), len(CATEGORIES)):
        trees[first], trees[first + 1] = trees[first + 1], trees[first]
    bodies = [tree.partition("\n")[2] for tree in trees]
    named = [f"Tree={number}\n{body}" for number, body in enumerate(bodies)]
    sizes = " ".join(str(len(tree)) for tree in named)
    lines = [f"tree_sizes={sizes}" if line.startswith("tree_sizes=") else line for line in head.split("\n")]
    return resealed(files | {BOOSTER: ("\n".join(lines) + "".join(named) + rest).encode()})


def with_metric(files: Files, name: str, value: float | None, **changed: object) -> Files:
    """Return the files whose manifest says another number of one metric."""
    return resealed(files, metrics=json.loads(files[MANIFEST])["metrics"] | {name: value}, **changed)


def over_budget(files: Files) -> Files:
    """Return the files whose calibration error is above the budget, on a gate fold large enough to tell."""
    folds = json.loads(files[MANIFEST])["folds"]
    folds["gate"]["rows"] = 6_000
    return with_metric(files, "ece", 0.081, folds=folds)


def without(files: Files, name: str) -> Files:
    """Return the files without one of them."""
    return {other: content for other, content in files.items() if other != name}


def fitted_on_gate_rows(files: Files) -> Files:
    """Return the files whose calibration was fitted until after the gate fold began."""
    return with_json(files, CALIBRATION, fitted_to="2026-01-01")


def other_class_order(files: Files) -> Files:
    """Return the files whose manifest names the categories backwards."""
    return resealed(files, classes=[category.value for category in CATEGORIES][::-1])


# Each of these must be refused by whatever reads a release: verification, worker and registry.
FOUR: list[Damage] = [
    ("hash", lambda f: f | {CALIBRATION: f[CALIBRATION] + b" "}, "calibration.json: was changed"),
    ("class order", other_class_order, "class order differs from the taxonomy"),
    ("not a number", with_nan, "text.npz: a weight is not finite"),
    ("fitted on gate rows", fitted_on_gate_rows, "calibration: was fitted on rows of the gate fold"),
]
# What loading notices.
UNLOADABLE: list[Damage] = [
    *FOUR,
    *(
        (f"missing {name}", lambda f, name=name: without(f, name), f"{name}: is missing")
        for name in (TREES, BOOSTER, KNOWN_WORDS)
    ),
    ("no manifest", lambda f: without(f, MANIFEST), "manifest.json: is missing"),
    ("no manifest that can be read", lambda f: f | {MANIFEST: b"{"}, "manifest.json"),
    ("class order of the trees", with_other_order_in_trees, "booster.onnx: its class order differs"),
    ("taxonomy", lambda f: resealed(f, taxonomy_version="9.0"), "taxonomy 9.0"),
    ("features", lambda f: resealed(f, feature_version="0"), "features 0"),
    (
        "an older format",
        lambda f: resealed(f, release_format=1),
        "release format 1 is not this program's 3: train a new",
    ),
    ("known words that are none", lambda f: resealed(f | {KNOWN_WORDS: b"nonsense"}), "known_words.npz: it is not"),
    ("known words of another release", without_known_words, "what is known of its wording differs"),
    ("temperature of 0", lambda f: with_json(f, CALIBRATION, temperature=0.0), "not above 0"),
    ("falling knots", lambda f: with_isotonic_maps(f, {"x": [0, 1], "y": [0.9, 0.1], "weight": 1}), "do not rise"),
    ("no rising x", lambda f: with_isotonic_maps(f, {"x": [0.5, 0.5], "y": [0.1, 0.2], "weight": 1}), "do not rise"),
    ("knots above 1", lambda f: with_isotonic_maps(f, {"x": [0, 1], "y": [0, 1.5], "weight": 1}), "leaves 0 to 1"),
    ("rows that sum to zero", lambda f: with_isotonic_maps(f, *[FLAT] * len(CATEGORIES)), "sums to zero"),
    ("thresholds", lambda f: with_json(f, THRESHOLDS, by_category={}), "thresholds: Groceries has none"),
    ("golden answer", with_other_golden, "a probability differs"),
    ("no golden row", lambda f: resealed(f | {GOLDEN: b""}), "holds no row"),
    ("trees that are none", lambda f: resealed(f | {TREES: b"\x08\x09 nonsense"}), "ONNX"),
    ("text that is none", lambda f: resealed(f | {TEXT: b"nonsense"}), "npz"),
]
# What only verification looks for: it has LightGBM, and knows the budgets.
UNSOUND: list[Damage] = [
    ("class order of the booster", with_other_order_in_booster, "booster.txt: its class order differs"),
    ("half a booster", lambda f: resealed(f | {BOOSTER: f[BOOSTER][:2_000]}), "is no booster, or not all of it"),
    ("calibration error over budget", over_budget, "calibration error 0.081 on 6000 gate rows is over the budget"),
    ("calibration error unknown", lambda f: with_metric(f, "ece", None), "manifest.json"),
]


def _parts(booster: str) -> tuple[str, list[str], str]:
    """Return what stands before the trees of a booster's text, each tree, and what stands behind them."""
    begin = booster.index("Tree=0\n")
    sizes = next(line for line in booster.split("\n") if line.startswith("tree_sizes="))
    trees, place = [], begin
    for size in map(int, sizes.removeprefix("tree_sizes=").split()):
        trees.append(booster[place : place + size])
        place += size
    return booster[:begin], trees, booster[place:]

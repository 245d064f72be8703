"""Goldens: which outputs are frozen, where they are stored, and what of them may differ on another machine."""

import json
import platform
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy.linalg  # noqa: F401 - it has a BLAS of its own, which must be loaded to be asked
from threadpoolctl import threadpool_info

from tests.goldens import product
from tests.goldens.renames import Renames

FOLDER = Path(__file__).parent
INPUTS, OUTPUTS = FOLDER / "inputs", FOLDER / "outputs"
WRITTEN = OUTPUTS / "written.json"
SQL = OUTPUTS / "compiled.sql"
ASKED = "GOLDENS_REASON"  # why they are written anew; without it nothing writes them
EVENTS = ("event_fields", "values", "texts")
JUDGED = ("event_fields", "observations", "policy_keys", "values", "texts")
RELEASED = ("manifest_keys", "release_files", "values", "texts")
INPUT_KINDS = ("event_fields", "observations", "values")
LIBRARIES = ("numpy", "scipy", "scikit-learn", "lightgbm", "onnx", "onnxruntime")


class Golden(NamedTuple):
    """One frozen output; ``is_bound`` says that its bits depend on the machine's arithmetic, not on our code alone."""

    make: Callable[[product.Inputs], list[str]]
    kinds: tuple[str, ...]
    is_bound: bool = False


def goldens() -> dict[str, Golden]:
    """Return every golden but the SQL, which dbt compiles, by the name of its file."""
    found = {}
    for number, name in enumerate(("rules", "shadow", "canary", "champion")):
        bound = name != "rules"
        found[f"{name}.suggestions"] = Golden(partial(product.suggestions, number=number), EVENTS, bound)
        found[f"{name}.comparisons"] = Golden(partial(product.comparisons, number=number), EVENTS, bound)
    return found | {
        "addresses": Golden(product.addresses, EVENTS),
        "dead_letters": Golden(product.dead_letters, EVENTS),
        "landed": Golden(product.landed, ("columns", *EVENTS)),
        "numeric": Golden(product.numeric_features, RELEASED),
        "features": Golden(product.features, RELEASED, is_bound=True),
        "predictions": Golden(product.predictions, RELEASED, is_bound=True),
        "release": Golden(product.release, RELEASED, is_bound=True),
        "verdicts": Golden(product.verdicts, JUDGED, is_bound=True),
        "rollout": Golden(product.rollout_records, JUDGED, is_bound=True),
        "policies": Golden(product.policies, JUDGED),
        "gates": Golden(product.gates, RELEASED),
        "contracts": Golden(lambda _: product.contracts(), ("event_fields", "observations", "values")),
        "metrics": Golden(lambda _: product.metric_names(), ("metric_names",)),
    }


def read_inputs(renames: Renames) -> product.Inputs:
    """Return every stored input by its name, under today's names."""
    return {
        path.stem: [json.loads(renames.line(line, INPUT_KINDS)) for line in lines_of(path)]
        for path in sorted(INPUTS.glob("*.jsonl"))
    }


def path_of(name: str) -> Path:
    """Return the file of a golden."""
    return OUTPUTS / (f"{name}.txt" if name == "metrics" else f"{name}.jsonl")


def lines_of(path: Path) -> list[str]:
    """Return the lines of a file; only a line feed ends one."""
    return path.read_text(encoding="utf-8").split("\n")[:-1]


def expected(name: str, renames: Renames) -> list[str]:
    """Return the stored lines under today's names; where that is another text, hashes of it are left out."""
    kinds = goldens()[name].kinds
    stored = lines_of(path_of(name))
    renamed = [renames.line(line, kinds) for line in stored]
    if name == "rollout" and renamed != stored:
        renamed = product.resealed(renamed)
    return sorted(renamed) if name == "metrics" else renamed


def environment() -> dict[str, str]:
    """Return what decides the last bits of a training and of a prediction, the code aside."""
    python = platform.python_version_tuple()
    blas = {
        f"{item['internal_api']} {item['version']} {item.get('architecture')}, {item['num_threads']} threads"
        for item in threadpool_info()
        if item["user_api"] == "blas"
    }
    simd = np.show_config(mode="dicts")["SIMD Extensions"]
    return {
        "machine": platform.machine(),
        "libc": " ".join(platform.libc_ver()),
        "python": ".".join(python[:2]),
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "blas": "; ".join(sorted(blas)),
        "simd": " ".join((*simd["baseline"], *simd.get("found", ()))),
        **{name: version(name) for name in LIBRARIES},
    }


def elsewhere() -> str | None:
    """Return in what this machine's arithmetic is another than that which wrote the goldens; None where it is not."""
    then, now = json.loads(WRITTEN.read_text())["environment"], environment()
    other = [f"{name} {then.get(name)} → {now[name]}" for name in now if then.get(name) != now[name]]
    return "; ".join(other) or None


# -- SQL ---------------------------------------------------------------------------------------------------------------

_PIECE = re.compile(r"('(?:[^']|'')*')|(?:--[^\n]*|/\*.*?\*/|\s+)+", re.DOTALL)
_CLAUSE = re.compile(
    r"(?<! inner)(?<! left)(?<! full)(?<! cross) "
    r"(?=(?:select|from|where|group by|order by|having|limit|union|(?:left |inner |full |cross )?join|with|and|or)\b)"
)


def plain_sql(text: str) -> str:
    """Return SQL without comments, each run of blanks one blank, and each clause on a line of its own."""
    flat = _PIECE.sub(lambda found: found[1] or " ", text)
    return _CLAUSE.sub("\n", flat.strip())


def sql_nodes(compiled: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield kind and name of each node with its SQL; a data test has no name, dbt makes it of what it tests."""
    for name, text in compiled.items():
        yield (name if name.startswith("model.") else "test"), plain_sql(text)


def stored_nodes(renames: Renames) -> Iterator[tuple[str, str]]:
    """Yield the same of the stored SQL, under today's names."""
    for node in SQL.read_text().split("\n\n")[:-1]:
        name, _, text = node.partition("\n")
        kinds = ("columns", "values", "texts")
        yield renames.line(name.removeprefix("-- "), kinds), renames.line(text, kinds)


def sql_file(compiled: Mapping[str, str]) -> str:
    """Return the text that is stored of compiled SQL."""
    return "".join(f"-- {name}\n{text}\n\n" for name, text in sorted(sql_nodes(compiled)))


def sql_differences(
    stored: Iterator[tuple[str, str]], today: Iterator[tuple[str, str]]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the nodes that are only stored and those that are only there today."""
    then, now = Counter(stored), Counter(today)
    return sorted((then - now).elements()), sorted((now - then).elements())

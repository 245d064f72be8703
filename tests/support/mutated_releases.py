"""Mutations: a sound release's files, each changed somewhere at random, under a manifest whose hashes fit."""

import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
import onnx

from scorer.model.arrays import pack
from scorer.release.manifest import MANIFEST, TREES, hash_of
from tests.support.corrupt_releases import Files

ODD_VALUES: Final[tuple[object, ...]] = (
    None, True, "", "x", "\0", -1, 0, 2**31, 2**63, -1.5, 1e308, [], {}, [None], {"x": 1}, "9" * 400, [[0.0]] * 3,
)  # fmt: skip
DTYPES: Final = (np.int8, np.uint64, np.float16, np.float64, np.complex128, np.bool_, np.str_, "S3", "M8[s]")


def mutations(files: Files, name: str, *, seed: int, count: int) -> Iterator[tuple[str, Files]]:
    """Yield ``count`` mutations of one file, each with a name that says which it is; the same for the same seed."""
    mutate = _mutator(name)
    for number in range(count):
        dice = random.Random(f"{seed}/{name}/{number}")
        yield (
            f"{name} {seed}/{number}",
            _sealed(files | {name: mutate(files[name], dice)}, name, keeps_arrays=number % 2 == 0),
        )


def _sealed(files: Files, mutated: str, *, keeps_arrays: bool) -> Files:
    """Return the files under a manifest whose hashes and sizes fit; a mutated manifest stays what it is."""
    if mutated == MANIFEST:
        return files
    fields = json.loads(files[MANIFEST])
    fields["files"] = {name: hash_of(content) for name, content in files.items() if name != MANIFEST}
    fields["sizes"] = {name: len(content) for name, content in files.items() if name != MANIFEST}
    if not keeps_arrays:
        fields["arrays"] = {}  # as an earlier version wrote it: the readers alone must find out
    return files | {MANIFEST: json.dumps(fields).encode()}


def _mutator(name: str) -> Callable[[bytes, random.Random], bytes]:
    by_structure: Callable[[bytes, random.Random], bytes] = of_bytes
    if name.endswith(".npz"):
        by_structure = of_arrays
    elif name.endswith(".json"):
        by_structure = of_json
    elif name.endswith(".jsonl"):
        by_structure = of_lines
    elif name == TREES:
        by_structure = of_trees
    return lambda content, dice: (by_structure if dice.random() < 0.8 else of_bytes)(content, dice)


def of_bytes(content: bytes, dice: random.Random) -> bytes:
    """Return the bytes with some of them changed, doubled, cut out or cut off."""
    place, length = dice.randrange(len(content) + 1), dice.choice((1, 2, 8, 100, 4_096))
    match dice.randrange(6):
        case 0:
            return content[:place]
        case 1:
            return content[:place] + dice.randbytes(length) + content[place + length :]
        case 2:
            return content[:place] + content[place + length :]
        case 3:
            return content[: place + length] + content[place:]
        case 4:
            return content[:place] + b"\0" * length + content[place + length :]
        case _:
            return dice.randbytes(length)


def of_arrays(content: bytes, dice: random.Random) -> bytes:
    """Return an npz file of which one array has other values, another shape or dtype, or is not there."""
    with np.load(io.BytesIO(content)) as stored:
        arrays = {name: stored[name].copy() for name in stored.files}
    name = dice.choice(sorted(arrays))
    array = arrays[name]
    match dice.randrange(12):
        case 0:
            del arrays[name]
        case 1:
            arrays[name] = array[None]
        case 2:
            arrays[name] = array[..., None]
        case 3:
            arrays[name] = array[: max(0, len(array) - dice.choice((1, 2, len(array))))]
        case 4:
            arrays[name] = np.concatenate([array, array[:1]])
        case 5:
            arrays[name] = array.T if array.ndim > 1 else array.reshape(-1, 1).T
        case 6:
            arrays[name] = array.reshape(())[()] if array.size == 1 else np.array(array.ravel()[:1]).reshape(())
        case 7:
            arrays[name] = _as(array, dice.choice(DTYPES))
        case 8:
            arrays[name] = np.roll(array, 1, axis=0)
        case 9 if array.dtype.kind in "fiu" and array.size:
            flat = array.ravel()
            odd = (np.nan, np.inf, -1e30) if array.dtype.kind == "f" else (-1, 127, np.iinfo(array.dtype).max)
            with np.errstate(over="ignore"):
                flat[dice.randrange(flat.size)] = np.array(dice.choice(odd)).astype(array.dtype)
        case 10:
            arrays["further"] = array
        case _:
            return _lying(pack(**arrays), name, dice)
    return pack(**arrays)


def _as(array: np.ndarray[Any, Any], dtype: Any) -> np.ndarray[Any, Any]:
    try:
        with np.errstate(all="ignore"):
            return array.astype(dtype)
    except (OverflowError, TypeError, ValueError):
        return np.zeros(array.shape, dtype=dtype)


def _lying(content: bytes, name: str, dice: random.Random) -> bytes:
    """Return the npz file with a member whose header promises another shape, dtype or order than its bytes hold."""
    lies = (
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776, 8), }",
        b"{'descr': '|O', 'fortran_order': False, 'shape': (3,), }",
        b"{'descr': '<f4', 'fortran_order': True, 'shape': (-1,), }",
        b"{'descr': [('a', '<f4'), ('b', '<i2', (2,))], 'fortran_order': False, 'shape': (1,), }",
        b"{'descr': '<U99999999', 'fortran_order': False, 'shape': (1,), }",
        b"((" * 900,
        b"{'shape': ().__class__}",
    )
    header = dice.choice(lies) + b"\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for member in before.namelist():
            body = before.read(member)
            if member == f"{name}.npy":
                body = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + body[:64]
            packed.writestr(member, body)
    return buffer.getvalue()


def of_json(content: bytes, dice: random.Random) -> bytes:
    """Return a JSON document of which one value is another, or is not there."""
    return json.dumps(_changed(json.loads(content), dice)).encode()


def of_lines(content: bytes, dice: random.Random) -> bytes:
    """Return JSON lines of which one was changed."""
    lines = content.splitlines()
    place = dice.randrange(len(lines))
    lines[place] = of_json(lines[place], dice)
    return b"\n".join(lines)


def _changed(document: Any, dice: random.Random) -> Any:
    places = list(_places(document))
    parent, key = dice.choice(places)
    odd = dice.randrange(len(ODD_VALUES) + 3)
    if odd == len(ODD_VALUES):
        del parent[key]
    elif odd == len(ODD_VALUES) + 1:
        parent[key] = json.loads("[" * 300 + "]" * 300)
    elif odd == len(ODD_VALUES) + 2:
        other, place = dice.choice(places)
        parent[key] = other[place]
        return json.loads(json.dumps(document)) if not _loops(document) else None
    else:
        parent[key] = ODD_VALUES[odd]
    return document


def _loops(document: Any) -> bool:
    try:
        json.dumps(document)
    except (ValueError, RecursionError):
        return True
    return False


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in items:
        yield value, key
        yield from _places(part)


def of_trees(content: bytes, dice: random.Random) -> bytes:
    """Return an ONNX file of which one column of the trees is shorter, longer or holds another number."""
    model = onnx.load_from_string(content)
    attribute = dice.choice(list(model.graph.node[0].attribute))
    ints, floats, strings = attribute.ints, attribute.floats, attribute.strings
    column = ints if len(ints) else floats if len(floats) else strings
    match dice.randrange(5):
        case 0 if len(column):
            del column[dice.randrange(len(column))]
        case 1 if len(column):
            column.append(column[0])
        case 2 if len(ints):
            for _ in range(dice.choice((1, 50))):
                ints[dice.randrange(len(ints))] = dice.choice((-1, 2, 97, 2**20, 2**31 - 1, 2**31, 2**62, -(2**40)))
        case 3 if len(floats):
            floats[dice.randrange(len(floats))] = dice.choice((float("nan"), float("inf"), 1e30))
        case _:
            model.graph.node[0].attribute.remove(attribute)
    return bytes(model.SerializeToString(deterministic=True))

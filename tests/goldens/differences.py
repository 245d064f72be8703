"""Differences: where today's output is another than the stored one, said by the path in the line."""

import json
import math
import re
from collections.abc import Iterator, Sequence

IDS = ("file", "name", "policy", "txn_id", "version", "table")
HASHES = frozenset({"sha256", "hash", "prev_hash"})
CLOSE = 0.02  # of a probability or metric, where another machine's arithmetic has trained another model
SHOWN = 12
_NUMBER = re.compile(r"-?[0-9][0-9.,e+-]*")


def differences(stored: Sequence[str], today: Sequence[str], *, is_exact: bool = True) -> list[str]:
    """Return where the lines differ: by a bit, or by more than another machine may where they need not be exact."""
    found = [] if len(stored) == len(today) else [f"{len(today)} lines, {len(stored)} were stored"]
    for number, (then, now) in enumerate(zip(stored, today, strict=False), start=1):
        if then == now:
            continue
        if then[:1] not in "{[" or now[:1] not in "{[":
            found += [f"line {number}: {then} → {now}"]
            continue
        old, new = json.loads(then), json.loads(now)
        name = next((f" ({old[key]})" for key in IDS if isinstance(old, dict) and key in old), "")
        paths = [f"line {number}{name}: {path}" for path in _paths("$", old, new, is_exact=is_exact)]
        found += paths or ([f"line {number}{name}: the same values in other bytes"] if is_exact else [])
    return found


def shown(found: Sequence[str]) -> str:
    """Return the first of the differences, each short enough to be read, and how many there are."""
    lines = [text if len(text) < 400 else f"{text[:400]} …" for text in found[:SHOWN]]
    return "\n".join([*lines, f"({len(found)} differences)"])


def _paths(path: str, then: object, now: object, *, is_exact: bool) -> Iterator[str]:
    if isinstance(then, dict) and isinstance(now, dict):
        for key in [*then, *(key for key in now if key not in then)]:
            if key not in then or key not in now:
                yield f"{path}.{key} is only {'there today' if key in now else 'stored'}"
            elif is_exact or key not in HASHES:
                yield from _paths(f"{path}.{key}", then[key], now[key], is_exact=is_exact)
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for place, (old, new) in enumerate(zip(then, now, strict=True)):
            yield from _paths(f"{path}[{place}]", old, new, is_exact=is_exact)
    elif not (_same(then, now) if is_exact else _alike(then, now)):
        yield f"{path} {json.dumps(then, ensure_ascii=False)} → {json.dumps(now, ensure_ascii=False)}"


def _same(then: object, now: object) -> bool:
    return type(then) is type(now) and then == now


def _alike(then: object, now: object) -> bool:
    if isinstance(then, str) and isinstance(now, str):
        return _NUMBER.sub("#", then) == _NUMBER.sub("#", now)
    if isinstance(then, float | int) and isinstance(now, float | int):
        return math.isclose(then, now, rel_tol=CLOSE, abs_tol=CLOSE)
    return then == now

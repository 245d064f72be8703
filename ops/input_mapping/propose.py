"""Propose: a first mapping from records: what their names and shapes say, and a ? for all that they do not.

Who somebody is and what money it was is always asked, with the paths that look like it: a wrong guess would be silent.
A ? stops the check of the mapping until somebody has settled it; no value of a record is written into the proposal.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from ops.errors import OpsError
from ops.input_mapping.judge import kind_of_value
from streams.process.decode_errors import diagnose_document
from streams.process.input_mapping.times import parser_of, zone_of

MOST_RECORDS: Final = 1_000
_DOUBT: Final = '"?"'
_PLAIN_NAME: Final = re.compile(r'[^.\[\]"]+').fullmatch
# The last name of a path, small and without _ and -, best first.
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "txn_id": ("transactionid", "internaltransactionid", "txnid", "id", "acctsvcrref", "reference"),
    "user_id": ("userid", "clientuserid", "customerid", "user", "customer"),
    "account_id": ("accountid", "account", "iban", "accountnumber"),
    "occurred_at": (
        "datetime",
        "occurredat",
        "bookingdatetime",
        "timestamp",
        "createdat",
        "date",
        "bookingdate",
        "time",
    ),
    "amount": ("amount", "value", "amt", "cents", "amountminor"),
    "currency": ("currency", "isocurrencycode", "currencycode", "ccy"),
    "description": ("description", "originaldescription", "name", "remittanceinformationunstructured", "text", "memo"),
    "merchant": ("merchantname", "merchant", "creditorname", "payee"),
    "mcc": ("mcc", "merchantcategorycode"),
    "country": ("country", "countrycode", "merchantcountry"),
}
_SURE: Final = ("description", "merchant", "mcc", "country", "occurred_at")


@dataclass(slots=True)
class Seen:
    """What stands at one path of the records."""

    count: int = 0
    kinds: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    has_negative: bool = False
    is_whole: bool = True

    def add(self, value: object) -> None:
        """Take one value in."""
        self.count += 1
        self.kinds.add(kind_of_value(value))
        text = str(value)
        self.texts.add(text)
        self.has_negative = self.has_negative or text.startswith("-")
        self.is_whole = self.is_whole and "." not in text


def propose_mapping(lines: Iterable[bytes]) -> str:
    """Return the YAML of a mapping with its doubts; raises OpsError where no line is a JSON object."""
    records, seen = 0, dict[str, Seen]()
    for line in lines:
        if not line.strip():
            continue
        document = diagnose_document(line.strip())
        if not isinstance(document, dict):
            continue
        records += 1
        for path, value in _leaves(document, ""):
            seen.setdefault(path, Seen()).add(value)
        if records == MOST_RECORDS:
            break
    if not records:
        raise OpsError("no line is a JSON object; give records as JSON lines")
    text = [
        f"# Proposed from {records:,} records. Each ? is a doubt: put the answer in its place,",
        "# then run: ledgermind mapping check FILE --records RECORDS",
        "name: proposed",
        "key: none # any key; order is then kept per key, not per user. If the key is the user's id: user_id",
        *_skips(seen),
        "fields:",
    ]
    for target in _NAMES:
        text += _field(target, seen, records)
    return "\n".join(text) + "\n"


def _leaves(value: object, path: str, depth: int = 0) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict) and depth < 8:
        for name, part in value.items():
            written = name if _PLAIN_NAME(name) else f'["{name}"]' if '"' not in name else ""
            if written:
                yield from _leaves(part, f"{path}.{written}" if path else written, depth + 1)
    elif isinstance(value, list):
        if value and depth < 8:
            yield from _leaves(value[0], f"{path}[0]", depth + 1)
    elif value is not None and value != "" and len(path) <= 120:
        yield path, value


def _skips(seen: dict[str, Seen]) -> list[str]:
    for path, one in seen.items():
        if _last(path) == "pending" and one.kinds == {"boolean"}:
            return ["skip:", f"  - {{reason: pending, from: {_quoted(path)}, is: true}}"]
    states = [
        path for path, one in seen.items() if _last(path) in ("status", "state", "sts", "cd") and len(one.texts) < 9
    ]
    return [f"# Doubt: does {path} say which records are pending? Then skip them: docs/MAPPING.md" for path in states]


def _field(target: str, seen: dict[str, Seen], records: int) -> list[str]:
    found = [path for path in _candidates(target, seen) if _fits(target, seen[path], records)]
    if target in ("merchant", "mcc", "country") and not found:
        return []
    best = found[0] if found else ""
    path = _path(found, seen, records) if found and target in _SURE else _DOUBT
    doubts = [f"  # Doubt: nothing looks like {target}; where does it stand?"] if not found else []
    if path == _DOUBT and found:
        doubts = [f"  # Doubt: is {target} {' or '.join(found)}?"]
    elif found and seen[best].count < records:
        doubts.append(f"  # {best} is missing in {records - seen[best].count:,} of {records:,} records")
    match target:
        case "amount":
            one = seen[best] if found else Seen()
            signs = "some are negative" if one.has_negative else "none is negative"
            doubts.append(
                f"  # Doubt: is a positive amount money out or in? {signs}; or does a field say the direction?"
            )
            units = ""
            if found and one.is_whole:
                doubts.append("  # Doubt: all are whole numbers: are they minor units, such as cents? true or false")
                units = f", minor_units: {_DOUBT}"
            return [*doubts, f"  amount: {{from: {path}, positive: {_DOUBT}{units}}}"]
        case "occurred_at":
            kind = "iso" if found and "number" not in seen[best].kinds else _DOUBT
            if found and kind == _DOUBT:
                doubts.append("  # Doubt: is it epoch_s or epoch_ms?")
            paths = path.removeprefix("{from: ").removesuffix("}")
            return [*doubts, f"  occurred_at: {{from: {paths}, format: {kind}}}"]
        case _:
            return [*doubts, f"  {target}: {path}"]


def _path(found: list[str], seen: dict[str, Seen], records: int) -> str:
    """Return the best path, and behind one that is missing in some records the others."""
    upto = next((place for place, path in enumerate(found) if seen[path].count == records), len(found) - 1)
    paths = [_quoted(path) for path in found[: upto + 1]]
    return paths[0] if len(paths) == 1 else f"{{from: [{', '.join(paths)}]}}"


def _candidates(target: str, seen: dict[str, Seen]) -> list[str]:
    known = _NAMES[target]
    return sorted((path for path in seen if _last(path) in known), key=lambda path: (known.index(_last(path)), path))


def _fits(target: str, one: Seen, records: int) -> bool:
    """Whether what stands at a path can be the field, by its shape alone."""
    shapes: dict[str, Callable[[str], object]] = {
        "amount": re.compile(r"[+-]?[0-9]+(\.[0-9]+)?").fullmatch,
        "currency": re.compile(r"[A-Za-z]{3}").fullmatch,
        "country": re.compile(r"[A-Za-z]{2}").fullmatch,
        "mcc": re.compile(r"[0-9]{4}").fullmatch,
        "occurred_at": _is_time,
    }
    shape = shapes.get(target, bool)
    if target == "txn_id" and (len(one.texts) < one.count or one.count < records):
        return False
    return "boolean" not in one.kinds and all(shape(text) for text in one.texts)


def _is_time(text: str) -> bool:
    try:
        parser_of("iso")(text, zone_of("UTC"))
    except (ValueError, IndexError, OverflowError):
        return text.isdigit() and len(text) in (10, 13)
    return True


def _last(path: str) -> str:
    return re.sub(r"[^a-z]", "", path.rpartition(".")[2].lower())


def _quoted(path: str) -> str:
    return path if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.]*", path) else "'" + path.replace("'", "''") + "'"

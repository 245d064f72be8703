"""Judge: what a mapping makes of records in a file, and of each field of one record."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import msgspec

from schemas.events.dead_letter import RecordError
from schemas.events.skip_reason import SkipReason
from schemas.events.transaction import Transaction
from streams.process.decode_errors import diagnose_document
from streams.process.input_mapping.fault import UnreadableError
from streams.process.input_mapping.path import RecordPath, walk
from streams.process.input_mapping.record_mapping import RecordMapping, compile_mapping
from streams.process.input_mapping.spec import OPTIONAL, REQUIRED

ANY_KEY = b"key"  # a file of values holds no keys


@dataclass(slots=True)
class MappedLines:
    """What became of the lines of a file; ``faults`` gives of each fault how often it stands there and where first."""

    accepted: int = 0
    skipped: Counter[SkipReason] = field(default_factory=Counter)
    faults: dict[RecordError, tuple[int, int]] = field(default_factory=dict)

    @property
    def refused(self) -> int:
        """How many would become dead letters."""
        return sum(count for count, _ in self.faults.values())


@dataclass(frozen=True, slots=True)
class FieldReport:
    """One field of one record: the path that it was read from, what stood there, and what it is or why it is not."""

    field: str
    path: str
    kind: str
    result: str
    is_fault: bool


def judge_mapped(mapping: RecordMapping, lines: Iterable[bytes]) -> MappedLines:
    """Return what becomes of each line as a record's value; keys are not judged, and blank lines are none."""
    decode = compile_mapping(replace(mapping.spec, key=None), version=mapping.version).decode
    found = MappedLines()
    for number, line in enumerate(lines, 1):
        value = line.strip()
        if not value:
            continue
        match decode(ANY_KEY, value):
            case Transaction():
                found.accepted += 1
            case SkipReason() as reason:
                found.skipped[reason] += 1
            case RecordError() as fault:
                count, first = found.faults.get(fault, (0, number))
                found.faults[fault] = (count + 1, first)
    return found


def explain_record(mapping: RecordMapping, value: bytes, key: bytes | None) -> list[FieldReport] | RecordError:
    """Return a report of each field, or the fault of a value that is no JSON object or has another shape."""
    document = diagnose_document(value)
    if isinstance(document, RecordError):
        return document
    try:
        values, _ = mapping.values(key, value)
    except UnreadableError as error:
        return error.error
    except msgspec.MsgspecError:
        outcome = mapping.decode(key, value)
        assert isinstance(outcome, RecordError)
        return outcome
    reports = []
    for name in (*REQUIRED, *OPTIONAL):
        if name not in mapping.readers:
            continue
        path, kind = _place(document, mapping.spec.sources_of(name), key)
        try:
            result = mapping.readers[name](values)
        except UnreadableError as error:
            reports.append(FieldReport(name, path, kind, error.error.detail, True))
        else:
            reports.append(FieldReport(name, path, kind, "nothing" if result is None else str(result), False))
    return reports


def _place(document: object, sources: tuple[RecordPath, ...], key: bytes | None) -> tuple[str, str]:
    """Return the first path at which something stands, and of which kind it is."""
    if not sources:
        return "", "constant"
    for path in sources:
        found = ("" if key is None else "key") if path.is_key else walk(document, path)
        if found not in (None, ""):
            return path.text, "text" if path.is_key else kind_of_value(found)
    return sources[0].text, "missing"


def kind_of_value(value: object) -> str:
    """Return the JSON type of a decoded value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "text"
        case list():
            return "list"
        case _:
            return "object"

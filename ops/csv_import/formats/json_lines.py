"""JSON lines: one transaction a line, as ``simulate --out`` writes them and producers send them, as rows of cells."""

from collections.abc import Iterator
from typing import BinaryIO, Final

import msgspec

from ops.csv_import.cells import Cells, CsvSourceError, RefusedRow

LONGEST_LINE: Final = 1 << 20
_OURS: Final = (
    "txn_id", "user_id", "account_id", "occurred_at", "amount", "currency", "description", "merchant", "mcc", "country",
    "channel", "category", "label_observed_at",
)  # fmt: skip
_decode = msgspec.json.Decoder(dict[str, object]).decode


def read_json_lines(stream: BinaryIO, name: str) -> Iterator[Cells | RefusedRow]:
    """Yield the names of the fields as a header, then each object: our fields and those of the first object.

    A number where money belongs is a fault: it has passed through a float, or would. Raises CsvSourceError for a line
    of over a megabyte.
    """
    header: list[str] = []
    number = 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise CsvSourceError(f"{name}: line {number} is over a megabyte: this is no file of transactions")
        if not line.strip():
            continue
        try:
            found = _decode(line.removeprefix(b"\xef\xbb\xbf"))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            if not header:
                header = list(_OURS)
                yield Cells(0, header, 0)
            yield RefusedRow(number, "is no JSON object: one transaction stands on one line")
            continue
        if not header:
            given = [field for field in _OURS if field in found]
            header = [*given, *(field for field in found if field not in given)]
            yield Cells(0, header, 0)
        faults: dict[int | None, str] = {
            place: f"is {_kind(found[field])} of JSON: write it as a text in quotes"
            for place, field in enumerate(header)
            if not isinstance(found.get(field), str | None) and (field == "amount" or not _is_plain(found[field]))
        }
        yield Cells(number, [_text(found.get(field)) for field in header], number, 0, faults)


def _is_plain(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _kind(value: object) -> str:
    return {bool: "a boolean", dict: "an object", list: "a list"}.get(type(value), "a number")

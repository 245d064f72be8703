"""Validate: what a worker would do with each line of a producer's file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from schemas.events.dead_letter import RecordError
from streams.process.codec import decode_transaction


class _Keyed(msgspec.Struct):
    user_id: str


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """One line, counted from 1; a fault of None means that it would be accepted."""

    line: int
    fault: RecordError | None


_decode_key = msgspec.json.Decoder(_Keyed).decode


def judge_lines(lines: Iterable[bytes]) -> Iterator[CheckedLine]:
    """Yield the verdict on each line as a record's value, with the line's own ``user_id`` as its key.

    A blank line is counted as a line and is no record.
    """
    for number, line in enumerate(lines, 1):
        value = line.removesuffix(b"\n").removesuffix(b"\r")
        if not value.strip():
            continue
        judged = decode_transaction(_key(value), value)
        yield CheckedLine(number, judged if isinstance(judged, RecordError) else None)


def _key(value: bytes) -> bytes | None:
    try:
        return _decode_key(value).user_id.encode()
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None  # the value has a worse fault than its key

"""Hints: every user's preferences by merchant, as the topic says them up to one offset; pure, in bounded memory."""

import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from schemas.events.dead_letter import RecordError
from schemas.events.hint import HINTED, HintedCategory, hint_name
from streams.process.batch_types import Decoded
from streams.process.hint_record import read_hint

_NONE: Final[Mapping[str, HintedCategory]] = MappingProxyType({})


class Pinned(Struct, frozen=True):
    """What one batch knows of hints, from its first record to its last.

    ``found`` holds the hints of the batch's own users and merchants by ``hint_name``; ``position`` is the offset before
    which every hint was applied, None where nobody follows the topic.
    """

    position: int | None = None
    found: Mapping[str, HintedCategory] = _NONE


NO_HINTS: Final = Pinned()
Pin = Callable[[Decoded], Pinned]
_OfUser = tuple[str, HintedCategory] | dict[str, HintedCategory]  # by merchant key; a pair is the only one


class HintTable:
    """Hints by user, then by merchant, whose values are shared; both look-ups are of hashes that are known by then.

    Most users have one hint or none: one is a pair, which takes a third of a dict.
    """

    def __init__(self) -> None:
        self._by_user: dict[str, _OfUser] = {}
        self._count = 0
        self.position = 0  # behind the last record that was taken in; a topic without records stands at 0

    def __len__(self) -> int:
        return self._count

    def apply(self, key: bytes | None, value: bytes | None, *, offset: int) -> RecordError | None:
        """Take in one record of the topic; one that is no hint changes nothing, and its fault is returned."""
        self.position = offset + 1
        read = read_hint(key, value)
        if isinstance(read, RecordError):
            return read
        before = self._by_user.get(read.user_id)
        hints = dict([before]) if isinstance(before, tuple) else before or {}
        self._count -= len(hints)
        if read.hint is None:
            hints.pop(read.merchant_key, None)
        else:
            hints[sys.intern(read.merchant_key)] = HINTED[read.hint.preference, read.hint.category]
        self._count += len(hints)
        if hints:
            self._by_user[read.user_id] = next(iter(hints.items())) if len(hints) == 1 else hints
        elif before is not None:
            del self._by_user[read.user_id]
        return None

    def pin(self, decoded: Decoded) -> Pinned:
        """Return what a batch is to know."""
        return Pinned(self.position, self._find(decoded) if self._count else _NONE)

    def _find(self, decoded: Decoded) -> Mapping[str, HintedCategory]:
        of_user = self._by_user.get
        found = {}
        for transaction, descriptor in zip(decoded.transactions, decoded.descriptors, strict=True):
            hints = of_user(transaction.user_id)
            if hints is None:
                continue
            key = descriptor.merchant_key
            hinted = (hints[1] if hints[0] == key else None) if isinstance(hints, tuple) else hints.get(key)
            if hinted is not None:
                found[hint_name(transaction.user_id, key)] = hinted
        return found


def no_hints(_: Decoded) -> Pinned:
    """Return what a batch knows where nobody follows hints."""
    return NO_HINTS

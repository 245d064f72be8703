"""Rollout history: one pure fold over the records of ``rollout-state``, the same for everybody who reads the topic.

A record continues the chain when its hash is that of its own canonical JSON and it names version and hash of the record
before it. What does not is skipped, with a finding. What does, but in a format that this version cannot read, is never
ignored: from it on control serves everybody.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from schemas.events.rollout import ActKind, RolloutRecord, position_error
from schemas.events.rollout_link import Link, chain_link_of, read_fields, read_link


class Skipped(Struct, frozen=True):
    """One record of the topic that is not part of the chain, and why."""

    offset: int
    why: str


class RolloutHistory:
    """The chain as far as the topic was read; ``beginning_lost`` says that the topic no longer starts at offset 0.

    Where record 0 is there, the chain starts with it. Where it is not, every record that is whole in itself may start
    one, and the longest counts (of equals the one with the higher version, then the earlier): what was removed cannot
    be asked, and a record that stands alone must not hide those that follow one another.
    """

    def __init__(self, *, beginning_lost: bool = False) -> None:
        self._beginning_lost = beginning_lost
        self._chains: list[list[Link]] = []
        self._from_first = False  # the one chain begins with record 0
        self._hashes: set[str] = set()
        self._skipped: list[Skipped] = []

    @property
    def links(self) -> list[Link]:
        """The records of the chain, oldest first."""
        return max(self._chains, key=lambda chain: (len(chain), chain[-1].record.version), default=[])

    @property
    def records(self) -> list[RolloutRecord]:
        """What was served under each record of the chain, oldest first."""
        return [link.record for link in self.links]

    @property
    def latest(self) -> RolloutRecord | None:
        """What is to be served now, None without a chain."""
        links = self.links
        return links[-1].record if links else None

    @property
    def fault(self) -> str | None:
        """Why the newest record of the chain cannot be read, None where it can."""
        links = self.links
        return links[-1].fault if links else None

    @property
    def skipped(self) -> list[Skipped]:
        """Every record that is not part of the chain, by offset."""
        chosen = self.links
        beside = [
            Skipped(link.offset, f"record {link.record.version} belongs to no record that is left of the chain")
            for chain in self._chains
            if chain is not chosen
            for link in chain
        ]
        return sorted([*self._skipped, *beside], key=lambda one: one.offset)

    @property
    def end(self) -> int:
        """The offset behind the last record that was taken in."""
        return max((one.offset + 1 for one in self._entries()), default=0)

    def at(self, offset: int) -> Link | Skipped | None:
        """Return what the record at an offset is; None where none was read there."""
        return next((one for one in self._entries() if one.offset == offset), None)

    def _entries(self) -> list[Link | Skipped]:
        return [*self.links, *self.skipped]

    def findings(self) -> Iterator[str]:
        """Yield what an operator should know, the gravest first, unless a later record of the chain is a repair."""
        links = self.links
        repaired_to = max((link.offset for link in links if _repairs(link.record)), default=-1)
        if links and links[0].record.version and links[0].offset > repaired_to:
            yield f"records 0 to {links[0].record.version - 1} are gone: the topic begins with a later one"
        for link in links:
            if link.fault is not None and link.offset > repaired_to:
                yield f"offset {link.offset}: {link.record.reason}"
        for skipped in self.skipped:
            if skipped.offset > repaired_to:
                yield f"offset {skipped.offset}: {skipped.why}"

    def add(self, value: bytes | None, *, offset: int) -> Link | Skipped:
        """Take in the next record of the topic, whatever it holds; return what it is at this moment."""
        fields = read_fields(value)
        if isinstance(fields, str):
            return self._skip(offset, fields)
        place = chain_link_of(fields)
        for chain in sorted(self._chains, key=lambda one: one is not self.links):
            last = chain[-1].record
            if position_error(last, place) is None:
                link = read_link(last, fields, offset=offset)
                chain.append(link)
                self._hashes.add(place.hash)
                return link
        if place.hash in self._hashes:
            return self._skip(offset, f"record {place.number} stands there already")
        if self._from_first:
            fault = position_error(self.latest, place)
            assert fault is not None
            return self._skip(offset, fault)
        return self._begin(fields, offset=offset, is_first=position_error(None, place) is None)

    def _begin(self, fields: Mapping[str, object], *, offset: int, is_first: bool) -> Link:
        link = read_link(None, fields, offset=offset)
        if is_first and not self._beginning_lost:
            why = "it was written before record 0"
            self._skipped += [Skipped(one.offset, why) for chain in self._chains for one in chain]
            self._chains, self._hashes, self._from_first = [], set(), True
        self._chains.append([link])
        self._hashes.add(link.record.hash)
        return link

    def _skip(self, offset: int, why: str) -> Skipped:
        self._skipped.append(Skipped(offset, why))
        return self._skipped[-1]


def _repairs(record: RolloutRecord) -> bool:
    return record.act is not None and record.act.kind == ActKind.REPAIR

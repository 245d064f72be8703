"""Rollout history: one pure fold over the records of ``rollout-state``, the same for everybody who reads the topic.

A record continues the chain when its hash is that of its own canonical JSON and it names version and hash of the record
before it. What does not is skipped, with a finding. What does, but in a format that this version cannot read, is never
ignored: from it on control serves everybody.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec
from msgspec import Struct

from schemas.events.overrides import Override
from schemas.events.rollout import (
    GENESIS_HASH,
    ActKind,
    ArmPolicy,
    RolloutRecord,
    ThresholdsSource,
    content_fault,
    digest_of,
)
from schemas.events.transaction import time_fault

LARGEST_VERSION: Final = 2**31 - 1
NOBODY: Final = "0.00"
UNREADABLE: Final = "unreadable"  # the actor of what is served under a record that cannot be read
_SHA256: Final = re.compile("[0-9a-f]{64}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Before any record nobody is in the canary, whatever the salt.
_NOTHING_SERVED: Final = RolloutRecord(
    version=0,
    percent=NOBODY,
    shadow=False,
    shadow_percent=NOBODY,
    control=ArmPolicy(),
    canary=ArmPolicy(),
    salt="ledgermind",
    thresholds_source=ThresholdsSource.RELEASE,
    actor=UNREADABLE,
    reason=UNREADABLE,
    decided_at=_EPOCH,
    verdict=None,
    evidence=None,
    prev_hash=GENESIS_HASH,
    hash="",
)


class Link(Struct, frozen=True):
    """One record of the chain; ``record`` is what is served from it on, ``fault`` why it cannot be read itself."""

    offset: int
    record: RolloutRecord
    fault: str | None = None


class Skipped(Struct, frozen=True):
    """One record of the topic that is not part of the chain, and why."""

    offset: int
    why: str


class History:
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
        fields = _whole(value)
        if isinstance(fields, str):
            return self._skip(offset, fields)
        version, digest = fields["version"], fields["hash"]
        assert isinstance(version, int) and isinstance(digest, str)
        for chain in sorted(self._chains, key=lambda one: one is not self.links):
            if _continues(chain[-1].record, fields):
                link = _link(chain[-1].record, fields, offset=offset)
                chain.append(link)
                self._hashes.add(digest)
                return link
        if digest in self._hashes:
            return self._skip(offset, f"record {version} stands there already")
        is_first = version == 0 and fields["prev_hash"] == GENESIS_HASH
        if self._from_first:
            return self._skip(offset, _why_not(self.latest, fields))
        return self._begin(fields, offset=offset, is_first=is_first)

    def _begin(self, fields: Mapping[str, object], *, offset: int, is_first: bool) -> Link:
        link = _link(None, fields, offset=offset)
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


def _whole(value: bytes | None) -> dict[str, object] | str:
    """Return the fields of a record whose hash is its own, else why it is none."""
    if not value:
        return "it is empty"
    try:
        fields = msgspec.json.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return "it is no JSON"
    if not isinstance(fields, dict):
        return "it is no JSON object"
    version = fields.get("version")
    if type(version) is not int or not 0 <= version <= LARGEST_VERSION:
        return "it is no rollout record: it names no version"
    if not (_is_hash(fields.get("prev_hash")) and _is_hash(fields.get("hash"))):
        return f"record {version} names no hashes"
    try:
        own = digest_of(fields)
    except (ValueError, TypeError, OverflowError, RecursionError):
        own = None
    return fields if own == fields["hash"] else f"record {version} was changed after it was written"


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def _continues(last: RolloutRecord, fields: Mapping[str, object]) -> bool:
    return fields["version"] == last.version + 1 and fields["prev_hash"] == last.hash


def _why_not(last: RolloutRecord | None, fields: Mapping[str, object]) -> str:
    version, expected = fields["version"], 0 if last is None else last.version + 1
    if version == expected:
        return f"record {version} does not link to the record before it"
    return f"record {expected} is missing: record {version} stands in its place"


def _link(last: RolloutRecord | None, fields: Mapping[str, object], *, offset: int) -> Link:
    """Return the record as a link, or what is served under a record that cannot be read."""
    try:
        record = msgspec.convert(fields, RolloutRecord)
    except msgspec.ValidationError as error:
        return _closed(last, fields, _where(error), offset=offset)
    unknown = _unknown(fields)
    fault = f"it has the field {unknown}" if unknown else content_fault(record)
    return Link(offset, record) if fault is None else _closed(last, fields, fault, offset=offset)


def _closed(last: RolloutRecord | None, fields: Mapping[str, object], fault: str, *, offset: int) -> Link:
    """Return the link under which control serves everybody; release and models stay as they were."""
    version, before = fields["version"], _NOTHING_SERVED if last is None else last
    served = msgspec.structs.replace(
        before,
        version=version,
        percent=NOBODY,
        actor=UNREADABLE,
        reason=f"record {version} is linked, in a format that this version cannot read ({fault}): "
        "control serves everybody",
        decided_at=_moment(fields.get("decided_at"), else_=before.decided_at),
        verdict=None,
        evidence=None,
        act=None,
        prev_hash=fields["prev_hash"],
        hash=fields["hash"],
    )
    return Link(offset, served, fault)


def _moment(value: object, *, else_: datetime) -> datetime:
    try:
        moment = msgspec.convert(value, datetime)
    except msgspec.ValidationError:
        return else_
    return else_ if moment.tzinfo is None or time_fault("decided_at", moment) is not None else moment


def _unknown(fields: Mapping[str, object]) -> str | None:
    """Return a field that this version does not know where it may change who is served, None where there is none.

    What a verdict was built from changes nobody's answer, so evidence may hold more than is known here.
    """
    parts: list[tuple[str, object, type[Struct]]] = [("", fields, RolloutRecord)]
    parts += [(f"{arm}.", fields.get(arm), ArmPolicy) for arm in ("control", "canary")]
    overrides = fields.get("overrides")
    if isinstance(overrides, dict):
        parts += [("overrides.", override, Override) for override in overrides.values()]
    for place, part, kind in parts:
        known = {field.encode_name for field in msgspec.structs.fields(kind)}
        if isinstance(part, dict) and (more := sorted(part.keys() - known)):
            return place + re.sub(r"[^\w.-]", "?", more[0][:40])
    return None


def _where(error: msgspec.ValidationError) -> str:
    """Return the field that was wrong, never what it held."""
    _, found, path = str(error).partition(" - at `$.")
    return f"{path.rstrip('`')} has another type or value" if found else "a field is missing or of another type"


def _repairs(record: RolloutRecord) -> bool:
    return record.act is not None and record.act.kind == ActKind.REPAIR

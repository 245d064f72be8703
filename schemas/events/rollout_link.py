"""Rollout link: one record of ``rollout-state`` as bytes, read as far as this version can read it.

A record that is whole, but in a format that this version cannot read, is never ignored: from it on control serves
everybody.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec
from msgspec import Struct

from schemas.events.overrides import Override
from schemas.events.rollout import ArmPolicy, RolloutRecord, ThresholdsSource, content_error
from schemas.events.transaction import time_error
from schemas.hash_chain import GENESIS_HASH, ChainLink, hash_json
from schemas.taxonomy import DEFAULT_VERSION, TAXONOMY_VERSION

MAX_VERSION: Final = 2**31 - 1
NO_SHARE: Final = "0.00"
UNREADABLE: Final = "unreadable"  # the actor of what is served under a record that cannot be read
_SHA256: Final = re.compile("[0-9a-f]{64}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Before any record nobody is in the canary, whatever the salt.
_NOTHING_SERVED: Final = RolloutRecord(
    version=0,
    percent=NO_SHARE,
    shadow=False,
    shadow_percent=NO_SHARE,
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


def read_fields(value: bytes | None) -> dict[str, object] | str:
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
    if type(version) is not int or not 0 <= version <= MAX_VERSION:
        return "it is no rollout record: it names no version"
    if not (_is_hash(fields.get("prev_hash")) and _is_hash(fields.get("hash"))):
        return f"record {version} names no hashes"
    try:
        own = hash_json(fields)
    except (ValueError, TypeError, OverflowError, RecursionError):
        own = None
    return fields if own == fields["hash"] else f"record {version} was changed after it was written"


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def chain_link_of(fields: Mapping[str, object]) -> ChainLink:
    """Return what the fields of a whole record say of its place in the chain."""
    version, prev_hash, own = fields["version"], fields["prev_hash"], fields["hash"]
    assert isinstance(version, int) and isinstance(prev_hash, str) and isinstance(own, str)
    return ChainLink(version, prev_hash, own)


def read_link(last: RolloutRecord | None, fields: Mapping[str, object], *, offset: int) -> Link:
    """Return the record as a link, or what is served under a record that cannot be read.

    Of a record of another taxonomy all but its categories is read: it links, and nobody here serves it.
    """
    try:
        record = msgspec.convert(_without_foreign_categories(fields), RolloutRecord)
    except msgspec.ValidationError as error:
        return _unreadable_link(last, fields, _error_path(error), offset=offset)
    unknown = _unknown(fields)
    fault = f"it has the field {unknown}" if unknown else content_error(record)
    return Link(offset, record) if fault is None else _unreadable_link(last, fields, fault, offset=offset)


def _without_foreign_categories(fields: Mapping[str, object]) -> Mapping[str, object]:
    if fields.get("taxonomy_version", DEFAULT_VERSION) == TAXONOMY_VERSION:
        return fields
    kept = {name: value for name, value in fields.items() if name not in ("overrides", "overrides_hash")}
    evidence = fields.get("evidence")
    if isinstance(evidence, dict):
        kept["evidence"] = {name: value for name, value in evidence.items() if name != "categories"}
    return kept


def _unreadable_link(last: RolloutRecord | None, fields: Mapping[str, object], fault: str, *, offset: int) -> Link:
    """Return the link under which control serves everybody; release and models stay as they were."""
    version, before = fields["version"], _NOTHING_SERVED if last is None else last
    served = msgspec.structs.replace(
        before,
        version=version,
        percent=NO_SHARE,
        actor=UNREADABLE,
        reason=f"record {version} is linked, in a format that this version cannot read ({fault}): "
        "control serves everybody",
        decided_at=_instant(fields.get("decided_at"), else_=before.decided_at),
        verdict=None,
        evidence=None,
        act=None,
        prev_hash=fields["prev_hash"],
        hash=fields["hash"],
    )
    return Link(offset, served, fault)


def _instant(value: object, *, else_: datetime) -> datetime:
    try:
        moment = msgspec.convert(value, datetime)
    except msgspec.ValidationError:
        return else_
    return else_ if moment.tzinfo is None or time_error("decided_at", moment) is not None else moment


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


def _error_path(error: msgspec.ValidationError) -> str:
    """Return the field that was wrong, never what it held."""
    _, found, path = str(error).partition(" - at `$.")
    return f"{path.rstrip('`')} has another type or value" if found else "a field is missing or of another type"

"""Hash chain: records of which each holds the hash of the one before it, so that a change or a gap shows.

Four logs are such chains: the rollout records, the operators' acts among them, the promotions of a registry and the
decision log of a judge. A rollout record is hashed in its canonical form, since Postgres and JavaScript write it anew;
the others are hashed byte for byte. Who can write a whole log can also write it anew: keep its newest hash elsewhere.
"""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta

GENESIS_HASH: Final = "0" * 64  # what the first record of a chain holds in place of a hash before it
MAX_EXACT_INTEGER: Final = 2**53  # beyond it a JSON number is a float
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class ChainLink(NamedTuple):
    """What a record says of its place in the chain."""

    number: int
    prev_hash: str
    hash: str


def hash_bytes(content: bytes) -> str:
    """Return the SHA-256 of a record's bytes as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def hash_json(fields: Mapping[str, object]) -> str:
    """Return the SHA-256 of a JSON object's canonical form, its field ``hash`` left out, whatever else it holds.

    Sorted keys, no space; a whole number beyond 2**53 is written as the float that it is in JavaScript and in most
    readers, since Postgres' jsonb writes 1e22 out. Raises ValueError for a number that is none.
    """
    kept = _canonical({name: value for name, value in fields.items() if name != "hash"})
    return hash_bytes(msgspec.json.encode(kept, order="deterministic"))


def link_error(noun: str, previous: ChainLink | None, link: ChainLink, *, first: int = 0) -> str | None:
    """Return why ``link`` does not follow ``previous``, None where it does; ``first`` is the number of the first one.

    ``noun`` is what the log's records are called in the sentence.
    """
    expected = first if previous is None else previous.number + 1
    if link.number != expected:
        return f"{noun} {expected} is missing: {noun} {link.number} stands in its place"
    if link.prev_hash != (GENESIS_HASH if previous is None else previous.hash):
        return f"{noun} {link.number} does not link to the {noun} before it"
    return None


def _canonical(value: object) -> object:
    match value:
        case bool():
            return value
        case int() if abs(value) > MAX_EXACT_INTEGER:
            try:
                return float(value)
            except OverflowError as error:
                raise ValueError("a number is larger than any float") from error
        case dict():
            return {name: _canonical(part) for name, part in value.items()}
        case list():
            return [_canonical(part) for part in value]
        case _:
            return value

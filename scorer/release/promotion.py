"""Promotion: which release a registry stands for, as a chain of records of which each is written once.

The promoted release is the one that a training is held against. Whom a release serves is the rollout record's word.
"""

from collections.abc import Sequence
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

FIRST_HASH: Final = "0" * 64
_Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Action(StrEnum):
    """What was done."""

    PROMOTE = "promote"
    ROLLBACK = "rollback"


class Promotion(Struct, frozen=True, kw_only=True):
    """One link of the chain: after it, ``model_version`` is the promoted release.

    ``manifest_hash`` is the SHA-256 of its manifest, which holds those of its files; ``at`` is UTC in RFC 3339.
    """

    number: Annotated[int, Meta(ge=1)]
    action: Action
    model_version: str
    manifest_hash: _Hash
    actor: str
    reason: str
    at: str
    previous_hash: _Hash

    def to_bytes(self) -> bytes:
        """Return the record as JSON, keys in the order of the fields."""
        return msgspec.json.encode(self)


def follow(chain: Sequence[bytes]) -> list[Promotion]:
    """Return the records of a chain, the first one first; raises ValueError where a link is missing or changed."""
    found: list[Promotion] = []
    previous = FIRST_HASH
    for number, content in enumerate(chain, start=1):
        record = msgspec.json.decode(content, type=Promotion)
        if record.number != number or record.previous_hash != previous:
            raise ValueError(f"promotion {number} does not follow the one before it")
        found.append(record)
        previous = sha256(content).hexdigest()
    return found


def standing(promotions: Sequence[Promotion]) -> list[Promotion]:
    """Return the promotions that stand, the one in force last: a rollback takes the last one away."""
    left: list[Promotion] = []
    for record in promotions:
        if record.action is Action.ROLLBACK:
            left.pop()
        elif not left or left[-1].model_version != record.model_version:
            left.append(record)
    return left

"""Promotion: which verified release an operator may go back to, as a chain of records of which each is written once.

Whom a release serves, and what a training is compared with, is the rollout record's word (docs/adr/0003).
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from schemas.hash_chain import ChainLink, Sha256, hash_bytes, link_error


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
    manifest_hash: Sha256
    actor: str
    reason: str
    at: str
    previous_hash: Sha256

    def to_bytes(self) -> bytes:
        """Return the record as JSON, keys in the order of the fields."""
        return msgspec.json.encode(self)


def follow(chain: Sequence[bytes]) -> list[Promotion]:
    """Return the records of a chain, the first one first; raises ValueError where a link is missing or changed."""
    found: list[Promotion] = []
    previous: ChainLink | None = None
    for content in chain:
        record = msgspec.json.decode(content, type=Promotion)
        link = ChainLink(record.number, record.previous_hash, hash_bytes(content))
        if (fault := link_error("promotion", previous, link, first=1)) is not None:
            raise ValueError(fault)
        found.append(record)
        previous = link
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

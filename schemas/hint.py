"""Hint: a user's standing wish for one merchant, on the compacted topic ``user-hints``."""

from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct

from schemas.taxonomy import Category
from schemas.transaction import Identifier, Instant, SchemaVersion

HINT_SCHEMA_VERSION: Final = "1.0"


class Wish(StrEnum):
    """Whether the category is to be used always or never for this merchant."""

    ALWAYS = "always"
    NEVER = "never"


class Hint(Struct, frozen=True, kw_only=True):
    """A standing wish; a null value on the topic takes it back."""

    schema_version: SchemaVersion
    user_id: Identifier
    merchant_key: Annotated[str, Meta(min_length=1, max_length=256)]
    wish: Wish
    category: Category
    wished_at: Instant


def hint_key(user_id: str, merchant_key: str) -> bytes:
    """Return the record key of a hint; the separator can stand in neither part."""
    return f"{user_id}\x1f{merchant_key}".encode()

"""Hint: a user's preference for one merchant, on the compacted topic ``user-hints``."""

from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct

from schemas.events.transaction import MAX_IDENTIFIER, Identifier, Instant, SchemaVersion
from schemas.taxonomy import Category

HINT_SCHEMA_VERSION: Final = "1.0"
_SEPARATOR: Final = "\x1f"
_MAX_MERCHANT_KEY: Final = 256


class Preference(StrEnum):
    """Whether the category is to be used always or never for this merchant."""

    ALWAYS = "always"
    NEVER = "never"


class Hint(Struct, frozen=True, kw_only=True):
    """A preference; a null value on the topic takes it back."""

    schema_version: SchemaVersion
    user_id: Identifier
    merchant_key: Annotated[str, Meta(min_length=1, max_length=_MAX_MERCHANT_KEY)]
    preference: Preference
    category: Category
    created_at: Instant


class HintedCategory(Struct, frozen=True, gc=False):
    """What a hint says of its user and merchant; there is one object for each of the few that can be."""

    preference: Preference
    category: Category


HINTED: Final = {
    (preference, category): HintedCategory(preference, category) for preference in Preference for category in Category
}


def hint_key(user_id: str, merchant_key: str) -> bytes:
    """Return the record key of a hint; a merchant key never holds the separator, since it is folded words."""
    return hint_name(user_id, merchant_key).encode()


def hint_name(user_id: str, merchant_key: str) -> str:
    """Return the record key of a hint as text."""
    return f"{user_id}{_SEPARATOR}{merchant_key}"


def read_hint_key(key: bytes) -> tuple[str, str] | None:
    """Return user and merchant key of a record key, None where it is none that ``hint_key`` could have made."""
    try:
        user_id, separator, merchant_key = key.decode().rpartition(_SEPARATOR)
    except UnicodeDecodeError:
        return None
    fits = 0 < len(user_id) <= MAX_IDENTIFIER and 0 < len(merchant_key) <= _MAX_MERCHANT_KEY
    return (user_id, merchant_key) if separator and fits else None

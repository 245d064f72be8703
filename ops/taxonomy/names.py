"""Names: how categories are told apart, as a taxonomy file does it."""

import unicodedata


def fold_name(text: str) -> str:
    """Return a text without case and form, as ids and names are compared."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())

"""Offset: where a partition is to go on, as it is given on the command line."""

from ops.errors import UsageError


def offset_of(text: str, *, or_else: str) -> int | None:
    """Return the offset, None for ``earliest``; raises UsageError where it is neither.

    ``or_else`` is the word that the command takes besides, for the error.
    """
    if text == "earliest":
        return None
    if not (text.isascii() and text.isdigit()):
        raise UsageError(f"--to {text}: give {or_else}, earliest or an offset, such as 1200")
    return int(text)

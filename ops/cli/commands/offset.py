"""Offset: where a partition is to go on, as it is given on the command line."""

from ops.errors import OpsError


def offset_of(text: str) -> int | None:
    """Return the offset, None for ``earliest``; raises OpsError where it is neither."""
    if text == "earliest":
        return None
    if not (text.isascii() and text.isdigit()):
        raise OpsError(f"--to {text}: give earliest or an offset, such as 1200")
    return int(text)

"""Fault: what cannot be read of a record, by the path that failed and the field that it was for."""

from schemas.events.dead_letter import DeadLetterReason, RecordError


class UnreadableError(Exception):
    """A value of a record cannot be read; ``error`` is what its dead letter says, and never what the value held."""

    def __init__(self, reason: DeadLetterReason, path: str, what: str, target: str) -> None:
        self.error = RecordError(reason, f"{path}: {what} (for {target})")
        super().__init__(self.error.detail)


def missing(path: str, target: str) -> UnreadableError:
    """Return the fault of a value that is absent, null or empty."""
    return UnreadableError(DeadLetterReason.MISSING_FIELD, path, "is missing", target)


def wrong_type(path: str, target: str) -> UnreadableError:
    """Return the fault of a value of another JSON type."""
    return UnreadableError(DeadLetterReason.WRONG_TYPE, path, "has the wrong type", target)


def invalid(path: str, what: str, target: str) -> UnreadableError:
    """Return the fault of a value that says nothing that can be used."""
    return UnreadableError(DeadLetterReason.INVALID_VALUE, path, what, target)

"""Finding: what one check of this machine came to."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a thing is: there, not there, or there and of no use."""

    OK = "ok"
    MISSING = "missing"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, and what to do about it where it is not well."""

    state: State
    found: str
    mend: str = ""


def one_line(error: BaseException) -> str:
    """Return what an error says, on one line."""
    return " ".join(str(error).split()) or type(error).__name__

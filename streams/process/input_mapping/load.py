"""Load: a mapping from its file, or a shipped one by its name, compiled and with a version of its bytes."""

import hashlib
from pathlib import Path
from typing import Final

from rules.errors import RulesetIssue
from streams.errors import MappingError
from streams.process.input_mapping.parser import parse_mapping
from streams.process.input_mapping.record_mapping import RecordMapping, compile_mapping

SHIPPED: Final = Path(__file__).parent / "shipped"
_DIGEST_CHARACTERS: Final = 8


def shipped_mappings() -> list[str]:
    """Return the names of the shipped mappings."""
    return sorted(path.stem for path in SHIPPED.glob("*.yml"))


def load_mapping(name: str) -> RecordMapping:
    """Return a shipped mapping by its name, or that of a file by its path; raises MappingError."""
    path = SHIPPED / f"{name}.yml" if name in shipped_mappings() else Path(name)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        known = ", ".join(shipped_mappings())
        raise _fault(name, f"there is no such file, and no shipped mapping of this name; shipped are {known}") from None
    except OSError as error:
        raise _fault(name, f"cannot be read: {error.strerror}; name a readable file") from error
    except UnicodeDecodeError as error:
        raise _fault(name, "is not UTF-8; save it as UTF-8") from error
    spec = parse_mapping(text, file=name)
    digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_CHARACTERS]
    try:
        return compile_mapping(spec, version=f"{spec.name}-{digest}")
    except ValueError as error:
        raise _fault(name, str(error)) from error


def _fault(name: str, what: str) -> MappingError:
    return MappingError([RulesetIssue(name, 1, what)])

"""Schema text: a schema as its registry gives it, with those that it refers to."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

# Makes a JSON object of a value's bytes behind the header; raises UnreadableValue.
ReadPayload = Callable[[bytes], dict[str, object] | bytes]


class SchemaType(StrEnum):
    """The registry's word for the language of a schema."""

    AVRO = "AVRO"
    JSON = "JSON"
    PROTOBUF = "PROTOBUF"


@dataclass(frozen=True, slots=True)
class SchemaText:
    """One schema; ``references`` are the schemas that it names, each behind those that it names itself."""

    type: SchemaType
    text: str
    references: tuple[tuple[str, str], ...] = ()  # the name that it is imported by, and its text


class UnreadableValue(Exception):  # noqa: N818 - says what it is
    """The bytes behind the header are not what the schema says; the message says where, never what they hold."""


class UnusableSchema(Exception):  # noqa: N818 - says what it is
    """A schema that no value can be read by."""

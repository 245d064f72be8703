"""Protobuf: a message read by the schema that it was written by; what is not set is absent, a Timestamp is a time."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from streams.process.record_formats.schema_text import ReadPayload, UnreadableValue, UnusableSchema

ToValue = Callable[[Any], Any]
MAX_INDEXES: Final = 16  # of a message within messages
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WRAPPERS: Final = frozenset(
    f"google.protobuf.{name}Value"
    for name in ("Bool", "Bytes", "Double", "Float", "Int32", "Int64", "String", "UInt32", "UInt64")
)


def protobuf_reader(compiled: bytes, *, file: str) -> ReadPayload:
    """Return what reads messages of a file of a compiled set; raises UnusableSchema where it has no message."""
    pool = DescriptorPool()
    for one in FileDescriptorSet.FromString(compiled).file:
        pool.Add(one)
    messages = list(pool.FindFileByName(file).message_types_by_name.values())
    if not messages:
        raise UnusableSchema("has no message")
    converters = _Converters()
    known: dict[tuple[int, ...], tuple[Any, ToValue]] = {}

    def read_payload(payload: bytes) -> dict[str, object]:
        indexes, start = message_indexes(payload)
        found = known.get(indexes)
        if found is None:
            descriptor = _message_at(messages, indexes)
            found = known[indexes] = (GetMessageClass(descriptor), converters.of(descriptor))
        parse, convert = found
        try:
            record: dict[str, object] = convert(parse.FromString(payload[start:]))
        except (DecodeError, OverflowError) as error:
            raise UnreadableValue("is cut short, or was written by another schema") from error
        return record

    return read_payload


def message_indexes(payload: bytes) -> tuple[tuple[int, ...], int]:
    """Return which message of its file a value is, and where it begins; raises UnreadableValue."""
    numbers = _varints(payload)
    try:
        count, at = next(numbers)
        if not count:
            return (0,), at
        if not 0 < count <= MAX_INDEXES:
            raise UnreadableValue("names no message of its schema")
        indexes = []
        for _ in range(count):
            index, at = next(numbers)
            indexes.append(index)
    except StopIteration:
        raise UnreadableValue("is cut short") from None
    return tuple(indexes), at


def _varints(payload: bytes) -> Iterator[tuple[int, int]]:
    """Yield each zigzag number and the place behind it."""
    value = shift = 0
    for at, byte in enumerate(payload[: 5 * (MAX_INDEXES + 1)], 1):
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            yield (value >> 1) ^ -(value & 1), at
            value = shift = 0


def _message_at(messages: list[Descriptor], indexes: tuple[int, ...]) -> Descriptor:
    found: Descriptor | None = None
    for index in indexes:
        among = messages if found is None else list(found.nested_types)
        if not 0 <= index < len(among):
            raise UnreadableValue("names no message of its schema")
        found = among[index]
    assert found is not None
    return found


class _Converters:
    """Functions from messages to JSON values, one for each type of message."""

    def __init__(self) -> None:
        self._known: dict[str, ToValue] = {}

    def of(self, descriptor: Descriptor) -> ToValue:
        name = descriptor.full_name
        if name == "google.protobuf.Timestamp":
            return lambda at: _EPOCH + timedelta(seconds=at.seconds, microseconds=at.nanos // 1_000)
        if name in _WRAPPERS:
            return lambda wrapper: wrapper.value
        if name not in self._known:
            fields: list[tuple[str, bool, ToValue]] = []
            self._known[name] = lambda message: {
                field: value
                for field, has_presence, convert in fields
                if not has_presence or message.HasField(field)
                if (value := convert(getattr(message, field))) is not None
            }
            fields.extend((field.name, field.has_presence, self._field(field)) for field in descriptor.fields)
        return self._known[name]

    def _field(self, field: FieldDescriptor) -> ToValue:
        message = field.message_type
        if message is not None and message.GetOptions().map_entry:
            value = self._one(message.fields_by_name["value"])
            return lambda pairs: {str(key): value(pairs[key]) for key in pairs}
        one = self._one(field)
        if field.is_repeated:
            return lambda items: [one(item) for item in items]
        if not field.has_presence and field.type in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES):
            return lambda text: text or None  # an empty text is one that was not set
        return one

    def _one(self, field: FieldDescriptor) -> ToValue:
        if field.message_type is not None:
            return self.of(field.message_type)
        if field.enum_type is not None:
            names = {value.number: value.name for value in field.enum_type.values}
            return lambda number: names.get(number, str(number))
        return lambda value: value

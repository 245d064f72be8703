"""Input settings: how worker and landing read ``transactions``, both from the same variables, once, at start."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Final

from pydantic_settings import BaseSettings, SettingsConfigDict

from streams.errors import SettingsError
from streams.mapping_settings import MappingSettings, read_mapping
from streams.process.codec import DecodeRecord, decode_transaction
from streams.process.record_formats.decoder import registry_decoder
from streams.process.record_formats.schema_text import ReadPayload, SchemaText, SchemaType
from streams.schema_registry.client import SchemaStore, open_client
from streams.schema_registry.readers import Readers
from streams.schema_registry.settings import SchemaRegistrySettings
from streams.settings import read

AMOUNT: Final = ("amount",)  # where a Transaction has it


class RecordFormat(StrEnum):
    """How values are written: as JSON, or behind the header of a schema registry in one of three languages."""

    JSON = "json"
    AVRO = "avro"
    JSON_SCHEMA = "json-schema"
    PROTOBUF = "protobuf"


TYPES: Final = {
    RecordFormat.AVRO: SchemaType.AVRO,
    RecordFormat.JSON_SCHEMA: SchemaType.JSON,
    RecordFormat.PROTOBUF: SchemaType.PROTOBUF,
}


class InputSettings(BaseSettings):
    """What the values of ``transactions`` are written as."""

    model_config = SettingsConfigDict(env_prefix="LEDGERMIND_", frozen=True)

    input_format: RecordFormat = RecordFormat.JSON


@dataclass(frozen=True, slots=True)
class RecordReader:
    """``decode`` makes a transaction of a record; ``check`` raises SchemaRegistryAway where what it needs is away."""

    decode: DecodeRecord
    check: Callable[[], None] = lambda: None


PLAIN: Final = RecordReader(decode_transaction)


def read_input() -> RecordReader:
    """Return how records are read, asking no registry yet; raises SettingsError for what cannot be read by."""
    mapping = read_mapping()
    decode = decode_transaction if mapping is None else mapping.decode
    record_format = read(InputSettings).input_format
    if record_format is RecordFormat.JSON:
        return RecordReader(decode)
    compile_reader = reader_of(record_format)
    store = open_schema_store(record_format)
    readers = Readers(store, compile_reader, type_=TYPES[record_format])
    money: Sequence[str | int] = AMOUNT if mapping is None else mapping.spec.money.source.parts
    return RecordReader(registry_decoder(decode, readers.find, money=money), store.check)


def open_schema_store(record_format: RecordFormat) -> SchemaStore:
    """Return the schema registry of the environment; raises SettingsError where it or its client is missing."""
    settings = read(SchemaRegistrySettings)
    return SchemaStore(open_client(settings, extra=record_format), url=settings.url)


def reader_of(record_format: RecordFormat) -> Callable[[SchemaText], ReadPayload]:
    """Return what makes readers of a format's schemas; raises SettingsError where its packages are not installed."""
    try:
        match record_format:
            case RecordFormat.AVRO:
                from streams.process.record_formats.avro import avro_reader  # noqa: PLC0415 - an extra

                return avro_reader
            case RecordFormat.JSON_SCHEMA:
                from streams.process.record_formats.json_schema import json_schema_reader  # noqa: PLC0415 - as above

                return json_schema_reader
            case _:
                import_module("grpc_tools")  # whose protoc runs in a process of its own
                from streams.schema_registry.protoc import compiled_reader  # noqa: PLC0415 - as above

                return compiled_reader
    except ImportError as error:
        raise SettingsError(
            f"records cannot be read as {record_format}: pip install 'ledgermind[{record_format}]'"
        ) from error


def only_plain(what: str) -> str | None:
    """Return why a command that sends Transactions as JSON must not, None where workers read such records."""
    if mapping := read(MappingSettings).mapping:
        return (
            f"LEDGERMIND_MAPPING is {mapping}: workers read records of that shape, and {what} "
            "Transactions, which would become dead letters; unset it here where the workers have none"
        )
    if (record_format := read(InputSettings).input_format) is not RecordFormat.JSON:
        return (
            f"LEDGERMIND_INPUT_FORMAT is {record_format}: workers read records of a schema registry, and {what} "
            "JSON, which would become dead letters; unset it here where the workers have none"
        )
    return None

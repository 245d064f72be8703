"""Format settings: how worker and landing read and write records, both from the same variables, once, at start."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from importlib import import_module
from typing import Final

from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.contracts.avro_schema import avro_schemas
from schemas.contracts.json_schema import json_schemas
from schemas.contracts.topics import SUGGESTIONS
from streams.errors import SettingsError
from streams.mapping_settings import MappingSettings, read_mapping
from streams.process.codec import DecodeRecord, decode_transaction, encode_event
from streams.process.record_formats.decoder import registry_decoder
from streams.process.record_formats.outputs import (
    ToJson,
    WriteSuggestion,
    avro_writer,
    json_of,
    json_schema_writer,
)
from streams.process.record_formats.schema_text import ReadPayload, SchemaText, SchemaType
from streams.schema_registry.client import SchemaStore, open_client
from streams.schema_registry.readers import Readers
from streams.schema_registry.settings import SchemaRegistrySettings
from streams.settings import read

# Registries compare versions by this draft at most; the contracts say nothing that it does not.
DRAFT_7: Final = "http://json-schema.org/draft-07/schema#"
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


class FormatSettings(BaseSettings):
    """What the values of ``transactions`` and ``suggestions`` are written as."""

    model_config = SettingsConfigDict(env_prefix="LEDGERMIND_", frozen=True)

    input_format: RecordFormat = RecordFormat.JSON
    suggestions_format: RecordFormat = RecordFormat.JSON


def _plain_writer() -> WriteSuggestion:
    return encode_event


@dataclass(frozen=True, slots=True)
class RecordFormats:
    """How records are read and written; all but ``decode`` may raise SchemaRegistryAway or SettingsError.

    ``decode`` makes a transaction of a record and raises the first. ``check`` asks whether what is needed answers,
    ``open_writer`` returns what writes suggestions, and ``to_json`` reads what it wrote.
    """

    decode: DecodeRecord
    check: Callable[[], None] = lambda: None
    open_writer: Callable[[], WriteSuggestion] = _plain_writer
    to_json: ToJson | None = None


PLAIN: Final = RecordFormats(decode_transaction)


def read_formats() -> RecordFormats:
    """Return how records are read and written, asking no registry yet; raises SettingsError for what cannot be."""
    mapping = read_mapping()
    decode = decode_transaction if mapping is None else mapping.decode
    settings = read(FormatSettings)
    record_format, output = settings.input_format, settings.suggestions_format
    if record_format is output is RecordFormat.JSON:
        return RecordFormats(decode)
    store = open_schema_store(record_format if output is RecordFormat.JSON else output)
    if record_format is not RecordFormat.JSON:
        readers = Readers(store, reader_of(record_format), type_=TYPES[record_format])
        money: Sequence[str | int] = AMOUNT if mapping is None else mapping.spec.money.source.parts
        decode = registry_decoder(decode, readers.find, money=money)
    if output is RecordFormat.JSON:
        return RecordFormats(decode, store.check)
    if output is RecordFormat.PROTOBUF:
        raise SettingsError("LEDGERMIND_SUGGESTIONS_FORMAT: suggestions are written as json, avro or json-schema")
    written = Readers(store, reader_of(output), type_=TYPES[output])
    return RecordFormats(decode, store.check, partial(_open_writer, store, output), json_of(written.find))


def _open_writer(store: SchemaStore, output: RecordFormat) -> WriteSuggestion:
    subject, schema = f"{SUGGESTIONS.name}-value", contract_texts(output)[SUGGESTIONS.default_name]
    schema_id = store.id_of(subject, SchemaText(TYPES[output], schema))
    if schema_id is None:
        raise SettingsError(
            f"{subject}: the registry does not have the schema of suggestions; register it: "
            f"ledgermind schemas register --format {output} --topic {SUGGESTIONS.default_name}"
        )
    if output is RecordFormat.JSON_SCHEMA:
        return json_schema_writer(schema_id)
    return avro_writer(schema_id, avro_schemas()[SUGGESTIONS.default_name])


def contract_texts(record_format: RecordFormat) -> dict[str, str]:
    """Return the schemas of a format that the contracts have, as a registry takes them, by topic."""
    match record_format:
        case RecordFormat.JSON_SCHEMA:
            return {topic: json.dumps(schema | {"$schema": DRAFT_7}) for topic, schema in json_schemas().items()}
        case RecordFormat.AVRO:
            return {topic: json.dumps(schema) for topic, schema in avro_schemas().items()}
        case _:
            return {}


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
    if (record_format := read(FormatSettings).input_format) is not RecordFormat.JSON:
        return (
            f"LEDGERMIND_INPUT_FORMAT is {record_format}: workers read records of a schema registry, and {what} "
            "JSON, which would become dead letters; unset it here where the workers have none"
        )
    return None

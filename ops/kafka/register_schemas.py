"""Register schemas: the contracts, or a schema of one's own, at a schema registry, all of them or none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.errors import OpsError
from schemas.contracts.topics import DEFAULT_NAMES, TRANSACTIONS, name_of
from streams.format_settings import TYPES, RecordFormat, contract_texts, open_schema_store, reader_of
from streams.process.record_formats.schema_text import SchemaText, UnusableSchema


@dataclass(frozen=True, slots=True)
class RegisteredSchema:
    """One schema of a subject; its ``id`` is None where it was only asked about."""

    subject: str
    id: int | None


def chosen_schemas(record_format: RecordFormat, *, topics: Sequence[str], file: Path | None) -> dict[str, SchemaText]:
    """Return schemas by subject: of the named topics or of all that have one, or that of a file for one topic."""
    if record_format is RecordFormat.JSON:
        raise OpsError("plain JSON has no schema in a registry; give --format avro, json-schema or protobuf")
    if unknown := sorted(set(topics) - set(DEFAULT_NAMES)):
        raise OpsError(f"there is no topic {', '.join(unknown)}; there are {', '.join(DEFAULT_NAMES)}")
    if file is not None:
        if len(topics) > 1:
            raise OpsError("--file is the schema of one topic; name one --topic")
        texts = {topics[0] if topics else TRANSACTIONS.default_name: _read(file)}
    else:
        texts = _own(record_format, topics)
    schemas = {
        f"{name_of(topic)}-value": SchemaText(TYPES[record_format], text) for topic, text in sorted(texts.items())
    }
    compile_reader = reader_of(record_format)
    for subject, schema in schemas.items():
        try:
            compile_reader(schema)
        except UnusableSchema as error:
            raise OpsError(f"{file or subject}: {error}") from error
    return schemas


def register_schemas(
    chosen: Mapping[str, SchemaText], record_format: RecordFormat, *, compatibility: str | None, dry_run: bool
) -> list[RegisteredSchema]:
    """Register schemas where the registry calls all of them compatible; raises OpsError where it does not."""
    store = open_schema_store(record_format)
    if compatibility is not None and not dry_run:
        for subject in chosen:
            store.set_compatibility(subject, compatibility)
    refused = [subject for subject, schema in chosen.items() if not store.is_compatible(subject, schema)]
    if refused:
        names = ", ".join(refused)
        raise OpsError(f"{names}: not compatible with what the registry has there; nothing was registered")
    return [
        RegisteredSchema(subject, None if dry_run else store.register(subject, schema))
        for subject, schema in chosen.items()
    ]


def _own(record_format: RecordFormat, topics: Sequence[str]) -> dict[str, str]:
    known = contract_texts(record_format)
    if not known:
        raise OpsError(f"there is no contract in {record_format}; give the schema of your own as --file")
    if missing := sorted(set(topics) - set(known)):
        raise OpsError(f"{', '.join(missing)}: has no schema in {record_format}; there are {', '.join(known)}")
    return {topic: known[topic] for topic in topics or known}


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise OpsError(f"{file}: cannot be read: {error.strerror}; name a readable file") from error
    except UnicodeDecodeError as error:
        raise OpsError(f"{file}: is not UTF-8; save it as UTF-8") from error

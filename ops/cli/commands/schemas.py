"""``ledgermind schemas``: writes the contract documents, or says whether they are current."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
import yaml

from ops.cli.options import Json
from ops.errors import OpsError
from schemas.contracts.avro_schema import avro_schemas
from schemas.contracts.json_schema import asyncapi, json_schemas
from schemas.contracts.topics import TOPICS
from schemas.taxonomy import DEFAULT_VERSION, TAXONOMY_VERSION
from streams.format_settings import RecordFormat
from streams.process.codec import encode_event
from streams.settings import KafkaSettings, read

app = typer.Typer(help="Write the contracts, check them, or register them.", no_args_is_help=True, add_completion=False)
ROOT = Path(__file__).parents[3] / "schemas" / "contracts"


@app.command()
def write(
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to; by default schemas/contracts of the checkout.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the JSON Schemas and the AsyncAPI document, whose addresses are the topics' names on your cluster.

    The Avro schemas of transactions and suggestions are written beside them.

    Example: ledgermind schemas write --out contracts

    Exit codes: 0 written, 1 topics or categories are your own and no folder is given, 2 a variable is wrong.
    """
    read(KafkaSettings)
    if out is None and any(spec.name != spec.default_name for spec in TOPICS):
        raise OpsError("LEDGERMIND_KAFKA_PREFIX or LEDGERMIND_KAFKA_TOPICS gives topics other names: give --out FOLDER")
    if out is None and TAXONOMY_VERSION != DEFAULT_VERSION:
        raise OpsError(f"the categories are those of taxonomy {TAXONOMY_VERSION}: give --out FOLDER")
    written = []
    for path, text in rendered(out or ROOT).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        written.append(str(path if out else path.relative_to(ROOT.parents[1])))
        if not as_json:
            typer.echo(written[-1])
    if as_json:
        typer.echo(msgspec.json.encode({"written": written}).decode())


@app.command()
def register(
    record_format: Annotated[
        RecordFormat, typer.Option("--format", help="The language of the schemas: avro, json-schema or protobuf.")
    ],
    topic: Annotated[
        list[str] | None, typer.Option(help="Topics by their default names; else all that have a schema of the format.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="A schema of your own for the values of one topic, by default transactions.")
    ] = None,
    compatibility: Annotated[
        str | None, typer.Option(help="Set this level for the subjects first, such as BACKWARD or FULL_TRANSITIVE.")
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Ask whether the schemas are compatible, and change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Register schemas of values at LEDGERMIND_SCHEMA_REGISTRY_URL, each as the subject <topic>-value.

    Nothing is registered where the registry calls one of them incompatible with what its subject holds.

    Example: ledgermind schemas register --format avro --dry-run

    Exit codes: 0 registered, 1 one is incompatible or cannot be used, 2 a variable is wrong, 13 the registry is away.
    """
    from ops.kafka.register_schemas import chosen_schemas, register_schemas  # noqa: PLC0415 - imports an extra

    chosen = chosen_schemas(record_format, topics=topic or (), file=file)
    for one in register_schemas(chosen, record_format, compatibility=compatibility, dry_run=dry_run):
        if as_json:
            typer.echo(msgspec.json.encode({"subject": one.subject, "id": one.id}).decode())
        else:
            typer.echo(f"{one.subject}: " + ("compatible" if one.id is None else f"schema {one.id}"))


@app.command()
def check() -> None:
    """Compare the committed documents with the code.

    Example: ledgermind schemas check

    Exit codes: 0 equal, 1 a document differs.
    """
    stale = [path.name for path, text in rendered().items() if not path.exists() or path.read_text() != text]
    if stale:
        raise OpsError(f"{', '.join(stale)}: differ from the code; run ledgermind schemas write and review the change")


def rendered(folder: Path = ROOT) -> dict[Path, str]:
    """Return the text of every document by its path."""
    texts = {
        folder / "jsonschema" / f"{topic}.json": msgspec.json.format(encode_event(schema), indent=2).decode() + "\n"
        for topic, schema in json_schemas().items()
    }
    for topic, schema in avro_schemas().items():
        text = msgspec.json.format(encode_event(schema), indent=2).decode() + "\n"
        texts[folder / "avro" / f"{topic}.avsc"] = text
    texts[folder / "asyncapi.yaml"] = yaml.safe_dump(asyncapi(), sort_keys=False, allow_unicode=True, width=110)
    return texts

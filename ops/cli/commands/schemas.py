"""``ledgermind schemas``: writes the contract documents, or says whether they are current."""

from pathlib import Path

import msgspec
import typer
import yaml

from ops.errors import OpsError
from schemas.contracts.json_schema import asyncapi, json_schemas
from streams.process.codec import encode_event

app = typer.Typer(help="Write the JSON Schemas and the AsyncAPI document, or check them.", no_args_is_help=True)
ROOT = Path(__file__).parents[3] / "schemas" / "contracts"


@app.command()
def write() -> None:
    """Write the JSON Schemas and the AsyncAPI document below schemas/.

    Example: ledgermind schemas write

    Exit codes: 0 written.
    """
    for path, text in rendered().items():
        path.write_text(text)
        typer.echo(str(path.relative_to(ROOT.parents[1])))


@app.command()
def check() -> None:
    """Compare the committed documents with the code.

    Example: ledgermind schemas check

    Exit codes: 0 equal, 1 a document differs.
    """
    stale = [path.name for path, text in rendered().items() if not path.exists() or path.read_text() != text]
    if stale:
        raise OpsError(f"{', '.join(stale)}: differ from the code; run ledgermind schemas write and review the change")


def rendered() -> dict[Path, str]:
    """Return the text of every document by its path."""
    texts = {
        ROOT / "jsonschema" / f"{topic}.json": msgspec.json.format(encode_event(schema), indent=2).decode() + "\n"
        for topic, schema in json_schemas().items()
    }
    texts[ROOT / "asyncapi.yaml"] = yaml.safe_dump(asyncapi(), sort_keys=False, allow_unicode=True, width=110)
    return texts

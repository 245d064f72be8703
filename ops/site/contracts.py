"""Contracts: a page for each topic and one above them, made from the AsyncAPI document and the JSON Schemas."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from schemas.contracts.json_schema import CONTRACT_VERSION, asyncapi, json_schemas
from schemas.contracts.topics import TOPICS, TopicSpec

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = "schemas/contracts"
_DAY_MS: Final = 86_400_000
# Of JSON Schema → in words; {} is the value.
_LIMITS: Final = {
    "pattern": "matches `{}`",
    "minLength": "length at least {}",
    "maxLength": "length at most {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minimum": "≥ {}",
    "maximum": "≤ {}",
    "exclusiveMinimum": "> {}",
    "exclusiveMaximum": "< {}",
}
Schema = dict[str, Any]


def contract_pages() -> Iterator[tuple[str, str]]:
    """Yield the path of each page below the project's folder, and its text; the overview first."""
    schemas = json_schemas()
    actions = {name.partition("-")[2]: operation["action"] for name, operation in _operations().items()}
    yield f"{FOLDER}/README.md", _overview(actions)
    for spec in TOPICS:
        yield (
            f"{FOLDER}/{spec.default_name}.md",
            _topic(spec, actions[spec.default_name], schemas.get(spec.default_name)),
        )


def contract_files(root: Path = ROOT) -> list[str]:
    """Return the paths of the documents that the pages link to: AsyncAPI, and the JSON Schema of each event."""
    folder = root / FOLDER
    found = [folder / "asyncapi.yaml", *sorted((folder / "jsonschema").glob("*.json"))]
    return [path.relative_to(root).as_posix() for path in found]


def _operations() -> dict[str, Schema]:
    document: Any = asyncapi()
    found: dict[str, Schema] = document["operations"]
    return found


def _overview(actions: dict[str, str]) -> str:
    rows = [
        f"| [`{name}`]({name}.md) | {spec.summary} | {_direction(actions[name])} | {_escape(spec.key)} |"
        for spec in TOPICS
        for name in (spec.default_name,)
    ]
    return "\n".join(
        [
            "# API contracts",
            f"Version {CONTRACT_VERSION} of the events, for producers and consumers.",
            "The same for machines: [AsyncAPI 3](asyncapi.yaml), and a JSON Schema (2020-12) of each event.",
            "[Topics that change](../../docs/TOPICS.md) says what the programs need of their topics.",
            "",
            "| topic | what travels on it | LedgerMind | key |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


def _topic(spec: TopicSpec, action: str, schema: Any) -> str:
    kept = "for ever" if spec.retention_ms is None else f"{spec.retention_ms // _DAY_MS} days"
    lines = [
        f"# {spec.default_name}",
        spec.summary,
        "",
        "| property | value |",
        "| --- | --- |",
        f"| LedgerMind | {_direction(action)} it |",
        f"| key | {_escape(spec.key)} |",
        f"| partitions | {spec.partitions} |",
        f"| cleanup policy | {spec.cleanup_policy} |",
        f"| records are kept | {kept} |",
        f"| JSON Schema | {f'[{spec.default_name}.json](jsonschema/{spec.default_name}.json)' if schema else 'none'} |",
    ]
    if schema is None:
        lines += ["", "The value is the record as it came; the headers say where it came from, and why it is here."]
    else:
        for name, definition in schema["$defs"].items():
            lines += ["", *_definition(name, definition)]
    return "\n".join([*lines, "", *_examples(spec.default_name)])


def _definition(name: str, definition: Schema) -> list[str]:
    lines = [f"## {name}", *_sentences(definition.get("description", ""))]
    if "properties" not in definition:
        limits = _limits(definition)
        return [*lines, f"Type: {_type(definition)}{'; ' + limits if limits else ''}."]
    required = definition.get("required", ())
    lines += ["", "| field | type | required | limits and meaning |", "| --- | --- | --- | --- |"]
    for field, schema in definition["properties"].items():
        said = "; ".join(filter(None, [_described(schema), _limits(schema)]))
        lines.append(f"| `{field}` | {_type(schema)} | {'yes' if field in required else 'no'} | {said} |")
    return lines


def _type(schema: Schema) -> str:
    """Return the type in words; another definition of the page is a link to its heading."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    if isinstance(values := schema.get("additionalProperties"), dict):
        return f"object of {_type(values)}"
    return f"{schema.get('type', 'any')}{' (' + schema['format'] + ')' if 'format' in schema else ''}"


def _limits(schema: Schema) -> str:
    parts = [words.format(_escape(str(schema[key]))) for key, words in _LIMITS.items() if key in schema]
    return "; ".join(parts + [_limits(one) for one in schema.get("anyOf", ()) if _limits(one)])


def _described(schema: Schema) -> str:
    said = (one["description"] for one in (schema, *schema.get("anyOf", ())) if "description" in one)
    return _escape(next(said, ""))


def _sentences(text: str) -> list[str]:
    return [_escape(text.replace("``", "`")), ""] if text else []


def _escape(text: str) -> str:
    """Return the text as one line that Markdown shows as it is, in a table, too."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _examples(topic: str) -> Iterator[str]:
    for path in sorted((ROOT / FOLDER / "examples" / topic).glob("*.json")):
        text = json.dumps(json.loads(path.read_text(encoding="utf-8")), indent=2, ensure_ascii=False)
        yield from (f"## Example: {path.stem.replace('_', ' ')}", "", "```json", text, "```", "")


def _direction(action: str) -> str:
    return "reads" if action == "receive" else "writes"

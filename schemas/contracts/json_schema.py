"""Json schema: the JSON Schema of every event and the AsyncAPI page of every topic, made from the contracts."""

from typing import Final

import msgspec

from schemas.contracts.topics import TOPICS, TopicSpec
from schemas.events.open_taxonomy import MAX_CATEGORY_CHARACTERS
from schemas.taxonomy import CATEGORIES, DEFAULT_VERSION, TAXONOMY_VERSION

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
JsonObject = dict[str, Json]

CONTRACT_VERSION: Final = "1.0"
# What stands in the documents of an installation with a taxonomy of its own.
_OWN: Final = "" if TAXONOMY_VERSION == DEFAULT_VERSION else f" Categories are those of taxonomy {TAXONOMY_VERSION}."
DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
# What LedgerMind writes may grow without breaking who reads it; what it reads is a closed list.
OPEN_CATEGORY: Final[JsonObject] = {
    "title": "Category",
    "description": f"A category of the named taxonomy_version; the examples are those of {TAXONOMY_VERSION}.",
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_CATEGORY_CHARACTERS,
    "examples": [category.value for category in CATEGORIES],
}


def json_schemas() -> dict[str, JsonObject]:
    """Return the JSON Schema of each event by its topic's default name."""
    return {spec.default_name: _schema(spec) for spec in TOPICS if spec.value is not None}


def asyncapi() -> JsonObject:
    """Return the AsyncAPI 3 document of all topics."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "LedgerMind",
            "version": CONTRACT_VERSION,
            "description": f"Transactions in, spending-category suggestions and their comparisons out.{_OWN}",
        },
        "defaultContentType": "application/json",
        "channels": {spec.default_name: _channel(spec) for spec in TOPICS},
        "operations": {f"{_verb(spec)}-{spec.default_name}": _operation(spec) for spec in TOPICS},
    }


def _schema(spec: TopicSpec) -> JsonObject:
    assert spec.value is not None
    schema: JsonObject = msgspec.json.schema(spec.value, ref_template="#/$defs/{name}")
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    if _verb(spec) == "send" and "Category" in definitions:
        definitions["Category"] = OPEN_CATEGORY
    elif _OWN and isinstance(closed := definitions.get("Category"), dict):
        closed["description"] = f"{closed.get('description', '')}{_OWN}"
    return {"$schema": DRAFT, "title": spec.value.__name__} | schema


def _channel(spec: TopicSpec) -> JsonObject:
    kafka: JsonObject = {
        "partitions": spec.partitions,
        "topicConfiguration": {
            "cleanup.policy": [spec.cleanup_policy],
            "retention.ms": -1 if spec.retention_ms is None else spec.retention_ms,
        },
    }
    return {
        "address": spec.name,
        "description": f"{spec.summary} Keyed by {spec.key}.",
        "messages": {"record": _message(spec)},
        "bindings": {"kafka": kafka},
    }


def _message(spec: TopicSpec) -> JsonObject:
    if spec.value is None:
        headers: JsonObject = {"type": "object", "required": ["dlq.reason", "dlq.topic", "dlq.partition", "dlq.offset"]}
        return {"summary": spec.summary, "headers": headers, "payload": {"type": ["string", "null"]}}
    return {
        "name": spec.value.__name__,
        "summary": spec.summary,
        "payload": {"$ref": f"./jsonschema/{spec.default_name}.json"},
    }


def _verb(spec: TopicSpec) -> str:
    """What LedgerMind does with the topic; those who read or write beside it do the opposite."""
    return "receive" if spec.default_name in ("transactions", "suggestion-feedback", "user-hints") else "send"


def _operation(spec: TopicSpec) -> JsonObject:
    return {"action": _verb(spec), "channel": {"$ref": f"#/channels/{spec.default_name}"}}

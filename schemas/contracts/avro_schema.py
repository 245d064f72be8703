"""Avro schema: a Transaction as a producer of Avro may write it, made from the contract."""

from typing import Final

import msgspec

from schemas.contracts.json_schema import JsonObject
from schemas.events.transaction import Transaction

NAMESPACE: Final = "ledgermind"


def transaction_avro_schema() -> JsonObject:
    """Return the Avro schema of a Transaction: all of it text, so that amounts keep digits and times their offset."""
    fields = msgspec.structs.fields(Transaction)
    definitions = msgspec.json.schema(Transaction)["$defs"][Transaction.__name__]["properties"]
    return {
        "type": "record",
        "name": Transaction.__name__,
        "namespace": NAMESPACE,
        "doc": (Transaction.__doc__ or "").partition("\n")[0],
        "fields": [
            {"name": field.name, "type": "string", **_doc(definitions[field.name])}
            if field.required
            else {"name": field.name, "type": ["null", "string"], "default": None, **_doc(definitions[field.name])}
            for field in fields
        ],
    }


def _doc(definition: JsonObject) -> JsonObject:
    found = definition.get("description")
    branches = definition.get("anyOf")
    if found is None and isinstance(branches, list):
        found = next(
            (branch["description"] for branch in branches if isinstance(branch, dict) and "description" in branch), None
        )
    return {"doc": found} if found is not None else {}

"""A change that old producers or old consumers would feel is found, and one that they would not is let through."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ops.cli.commands.schemas import ROOT
from schemas.contracts.compatibility import breaks_consumers, breaks_producers
from schemas.contracts.json_schema import CONTRACT_VERSION, json_schemas

RELEASED = sorted((ROOT / "released" / CONTRACT_VERSION).glob("*.json"))
READ = {"transactions", "suggestion-feedback", "user-hints"}
Schema = dict[str, Any]


def properties(schema: Schema, name: str) -> Schema:
    found: Schema = schema["$defs"][name]["properties"]
    return found


@pytest.mark.parametrize("path", RELEASED, ids=lambda path: path.stem)
def test_the_contract_still_fits_what_was_released(path: Path) -> None:
    breaks = breaks_producers if path.stem in READ else breaks_consumers
    assert breaks(json.loads(path.read_text()), json_schemas()[path.stem]) == []


def require(schema: Schema) -> None:
    schema["$defs"]["Transaction"]["required"].append("country")


def add_required(schema: Schema) -> None:
    properties(schema, "Transaction")["branch"] = {"type": "string"}
    schema["$defs"]["Transaction"]["required"].append("branch")


def shorten(schema: Schema) -> None:
    properties(schema, "Transaction")["description"]["maxLength"] = 64


def retype(schema: Schema) -> None:
    properties(schema, "Transaction")["amount"]["type"] = "number"


def narrow_pattern(schema: Schema) -> None:
    properties(schema, "Transaction")["amount"]["pattern"] = "^-[0-9]+$"


def narrow_optional(schema: Schema) -> None:
    properties(schema, "Transaction")["merchant"]["anyOf"][0]["maxLength"] = 10


def drop_channel(schema: Schema) -> None:
    schema["$defs"]["Channel"]["enum"].remove("atm")


def close(schema: Schema) -> None:
    schema["$defs"]["Transaction"]["additionalProperties"] = False


def add_optional(schema: Schema) -> None:
    properties(schema, "Transaction")["branch"] = {"type": "string"}


def lengthen(schema: Schema) -> None:
    properties(schema, "Transaction")["description"]["maxLength"] = 4096


@pytest.mark.parametrize(
    "change", [require, add_required, shorten, retype, narrow_pattern, narrow_optional, drop_channel, close]
)
def test_what_an_old_producer_would_feel_is_found(change: Callable[[Schema], None]) -> None:
    old = json_schemas()["transactions"]
    new = copy.deepcopy(old)
    change(new)
    assert breaks_producers(old, new)


@pytest.mark.parametrize("change", [add_optional, lengthen])
def test_what_no_producer_feels_is_let_through(change: Callable[[Schema], None]) -> None:
    old = json_schemas()["transactions"]
    new = copy.deepcopy(old)
    change(new)
    assert breaks_producers(old, new) == []


def remove_field(schema: Schema) -> None:
    del properties(schema, "Suggestion")["band"]


def make_optional(schema: Schema) -> None:
    schema["$defs"]["Suggestion"]["required"].remove("arm")


def make_null(schema: Schema) -> None:
    properties(schema, "Suggestion")["rules_version"] = {"anyOf": [{"type": "string"}, {"type": "null"}]}


def add_band(schema: Schema) -> None:
    schema["$defs"]["Band"]["enum"].append("NONE")


def loosen(schema: Schema) -> None:
    properties(schema, "Suggestion")["bucket"]["exclusiveMaximum"] = 100_000


def nested_type(schema: Schema) -> None:
    properties(schema, "SuggestedCategory")["confidence"]["type"] = "string"


def add_field(schema: Schema) -> None:
    properties(schema, "Suggestion")["expires_at"] = {"type": "string"}
    schema["$defs"]["Suggestion"]["required"].append("expires_at")


@pytest.mark.parametrize("change", [remove_field, make_optional, make_null, add_band, loosen, nested_type])
def test_what_an_old_consumer_would_feel_is_found(change: Callable[[Schema], None]) -> None:
    old = json_schemas()["suggestions"]
    new = copy.deepcopy(old)
    change(new)
    assert breaks_consumers(old, new)


def test_a_new_field_is_nothing_that_an_old_consumer_feels() -> None:
    old = json_schemas()["suggestions"]
    new = copy.deepcopy(old)
    add_field(new)
    assert breaks_consumers(old, new) == []


@pytest.mark.parametrize("topic", ["suggestions", "suggestion-compare"])
def test_a_released_reader_takes_a_category_of_another_taxonomy(topic: str) -> None:
    validator = Draft202012Validator(json.loads((ROOT / "released" / CONTRACT_VERSION / f"{topic}.json").read_text()))
    for path in (ROOT / "examples" / topic).glob("*.json"):
        event = json.loads(path.read_text()) | {"taxonomy_version": "ours-2"}
        event |= {name: "Pets" for name in ("category", "control_category", "canary_category") if name in event}
        validator.validate(event)


def test_what_later_versions_write_is_in_the_released_contract() -> None:
    released = json.loads((ROOT / "released" / CONTRACT_VERSION / "suggestions.json").read_text())
    suggestion = released["$defs"]["Suggestion"]
    later = {"merchant", "hints_position", "revises"}
    assert later <= suggestion["properties"].keys() and not later & set(suggestion["required"])
    assert "account_id" in suggestion["required"]
    assert "rule_doubted" in released["$defs"]["FallbackReason"]["enum"]

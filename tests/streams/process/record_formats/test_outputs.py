"""Outputs: a suggestion in Avro or JSON Schema says what it says in JSON, and what is none is a fault."""

import json
from datetime import UTC, datetime

import msgspec
import pytest

from schemas.contracts.avro_schema import avro_schema, avro_schemas
from schemas.events.candidate import Band, Explanation, ExplanationKind, SuggestionSource
from schemas.events.dead_letter import DeadLetterReason, RecordError
from schemas.events.open_taxonomy import decode_suggestion
from schemas.events.suggestion import Arm, FallbackReason, SuggestedCategory, Suggestion
from schemas.events.transaction import Transaction
from schemas.taxonomy import Category
from streams.process.codec import encode_event
from streams.process.record_formats.avro import avro_reader
from streams.process.record_formats.json_schema import json_schema_reader
from streams.process.record_formats.outputs import WriteSuggestion, avro_writer, json_of, json_schema_writer
from streams.process.record_formats.schema_text import ReadPayload, SchemaText, SchemaType

SCHEMA = avro_schemas()["suggestions"]
READERS: dict[int, ReadPayload] = {
    1: avro_reader(SchemaText(SchemaType.AVRO, json.dumps(SCHEMA))),
    2: json_schema_reader(SchemaText(SchemaType.JSON, "{}")),
}
SILENT = Suggestion(
    schema_version="1.0",
    event_id="t-0-1",
    txn_id="t-1",
    user_id="u-1",
    account_id="a-1",
    category=None,
    confidence=0.0,
    band=None,
    source=SuggestionSource.NONE,
    fallback_reason=FallbackReason.TIMEOUT,
    candidates=(),
    explanations=(),
    arm=Arm.CONTROL,
    bucket=17,
    model_version=None,
    rules_version="r",
    taxonomy_version="1.0",
    rollout_version=3,
    suggested_at=datetime(2026, 5, 1, 12, 30, 15, 123456, UTC),
)
NAMED = msgspec.structs.replace(
    SILENT,
    category=Category("Groceries"),
    confidence=0.1 + 0.2,
    band=Band.LOW,
    source=SuggestionSource.MODEL,
    fallback_reason=None,
    candidates=(SuggestedCategory(Category("Groceries"), 1 / 3, SuggestionSource.MODEL),),
    explanations=(Explanation(ExplanationKind.BRAND, "Tesco é"),),
    model_version="m",
    merchant="Tesco",
    hints_position=12,
)


@pytest.mark.parametrize("write", [avro_writer(1, SCHEMA), json_schema_writer(2)], ids=["avro", "json-schema"])
@pytest.mark.parametrize("suggestion", [SILENT, NAMED], ids=["silent", "named"])
def test_a_suggestion_says_the_same(write: WriteSuggestion, suggestion: Suggestion) -> None:
    value = json_of(READERS.__getitem__)(write(suggestion))
    assert isinstance(value, bytes)
    assert decode_suggestion(value) == decode_suggestion(encode_event(suggestion))


def test_what_lay_there_before_is_json() -> None:
    value = encode_event(NAMED)
    assert json_of(READERS.__getitem__)(value) == value


def test_what_cannot_be_read_is_a_fault() -> None:
    fault = RecordError(DeadLetterReason.UNUSABLE_SCHEMA, "schema 1: is unknown")
    assert json_of(lambda schema_id: fault)(avro_writer(1, SCHEMA)(NAMED)) == fault
    cut = json_of(READERS.__getitem__)(avro_writer(1, SCHEMA)(NAMED)[:-1])
    assert isinstance(cut, RecordError)
    assert cut.reason is DeadLetterReason.MALFORMED_VALUE


@pytest.mark.parametrize("event", [Transaction, Suggestion])
def test_a_schema_has_every_field_of_its_event(event: type[msgspec.Struct]) -> None:
    fields = avro_schema(event)["fields"]
    assert isinstance(fields, list)
    assert [field["name"] for field in fields if isinstance(field, dict)] == list(event.__struct_fields__)

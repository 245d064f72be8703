"""What a record becomes on its way into a raw table."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas
from schemas.contracts.topics import TOPICS
from schemas.events.dead_letter import DeadLetterReason, RecordError
from schemas.events.feedback import FEEDBACK_SCHEMA_VERSION, Feedback, FeedbackAction
from schemas.events.hint import HINT_SCHEMA_VERSION, Hint, Preference, hint_key
from schemas.taxonomy import Category
from streams.landing.mapping.copy_format import NULL, Landed, ReadFields, line, row
from streams.landing.mapping.rows import (
    comparison_fields,
    dead_letter_fields,
    feedback_fields,
    hint_fields,
    suggestion_fields,
)
from streams.landing.mapping.tables import TABLE_OF_TOPIC

AT = datetime(2026, 3, 1, tzinfo=UTC)


def landed(
    value: bytes | None,
    *,
    key: bytes | None = b"u1",
    headers: Sequence[tuple[str, bytes]] | None = None,
    timestamp_ms: int | None = 0,
) -> Landed:
    return Landed("topic", 3, 42, timestamp_ms, key, value, None if headers is None else [*headers], topic_id="its id")


def feedback(**changes: object) -> bytes:
    event = Feedback(
        schema_version=FEEDBACK_SCHEMA_VERSION,
        feedback_id="f1",
        txn_id="t1",
        user_id="u1",
        action=FeedbackAction.CORRECT,
        category=Category("Dining"),
        given_at=AT,
    )
    return msgspec.json.encode(msgspec.structs.replace(event, **changes))


def test_every_topic_lands_somewhere() -> None:
    assert set(TABLE_OF_TOPIC) == {topic.name for topic in TOPICS}


def test_a_feedback_lands_with_the_address_of_its_record() -> None:
    text = row(landed(feedback()), feedback_fields)
    assert isinstance(text, str)
    assert text.split("\t") == [
        *("topic", "its id", "3", "42", "1970-01-01T00:00:00+00:00"),
        *("f1", "t1", "u1", NULL, NULL, "correct", "Dining", "human", "2026-03-01T00:00:00+00:00"),
    ]


@pytest.mark.parametrize(
    ("value", "key", "reason"),
    [
        pytest.param(None, b"u1", DeadLetterReason.NULL_VALUE, id="no value"),
        pytest.param(b"", b"u1", DeadLetterReason.NULL_VALUE, id="empty value"),
        pytest.param(b"{", b"u1", DeadLetterReason.MALFORMED_JSON, id="cut short"),
        pytest.param(feedback().replace(b"Dining", b"\xff"), b"u1", DeadLetterReason.MALFORMED_JSON, id="not UTF-8"),
        pytest.param(feedback().replace(b'"Dining"', b"7"), b"u1", DeadLetterReason.WRONG_TYPE, id="ill-typed"),
        pytest.param(feedback().replace(b"Dining", b"Lunch"), b"u1", DeadLetterReason.WRONG_TYPE, id="no category"),
        pytest.param(feedback(category=None), b"u1", DeadLetterReason.INVALID_VALUE, id="correct without category"),
        pytest.param(feedback(txn_id="a\0b"), b"u1", DeadLetterReason.INVALID_VALUE, id="NUL character"),
        pytest.param(feedback(schema_version="2.0"), b"u1", DeadLetterReason.UNSUPPORTED_SCHEMA_VERSION, id="major 2"),
        pytest.param(feedback(), b"u2", DeadLetterReason.KEY_MISMATCH, id="another user's key"),
        pytest.param(feedback(), None, DeadLetterReason.KEY_MISMATCH, id="no key"),
    ],
)
def test_feedback_that_cannot_land_says_why(value: bytes | None, key: bytes | None, reason: DeadLetterReason) -> None:
    fault = row(landed(value, key=key), feedback_fields)
    assert isinstance(fault, RecordError)
    assert fault.reason is reason


EXAMPLES = Path(schemas.__file__).parent / "contracts" / "examples"


@pytest.mark.parametrize(
    ("example", "fields"),
    [
        pytest.param("suggestions/silent.json", suggestion_fields, id="suggestion"),
        pytest.param("suggestion-compare/disagree.json", comparison_fields, id="comparison"),
        pytest.param("suggestion-feedback/correct.json", feedback_fields, id="feedback"),
    ],
)
def test_an_event_lands_with_its_account_and_one_of_an_earlier_program_without(
    example: str, fields: ReadFields
) -> None:
    event = json.loads((EXAMPLES / example).read_text())
    earlier = {name: value for name, value in event.items() if name != "account_id"}
    table = TABLE_OF_TOPIC[example.partition("/")[0]]
    place = table.all_columns.index("account_id")
    found = [row(landed(msgspec.json.encode(one), key=event["user_id"].encode()), fields) for one in (event, earlier)]
    assert [text.split("\t")[place] for text in found if isinstance(text, str)] == ["user-0042-card", NULL]


def test_a_rejection_needs_no_category() -> None:
    assert isinstance(row(landed(feedback(action=FeedbackAction.REJECT, category=None)), feedback_fields), str)


def test_a_fault_names_the_field_and_not_what_it_held() -> None:
    fault = row(landed(feedback().replace(b"Dining", b"Secret")), feedback_fields)
    assert isinstance(fault, RecordError)
    assert "category" in fault.detail
    assert "Secret" not in fault.detail


def test_a_hint_that_is_taken_back_lands_with_its_key_only() -> None:
    fields = hint_fields(landed(None, key=hint_key("u1", "tesco")))
    assert fields == ("u1", "tesco", None, None, None)


def test_a_hint_whose_key_says_another_merchant_is_rejected() -> None:
    hint = Hint(
        schema_version=HINT_SCHEMA_VERSION,
        user_id="u1",
        merchant_key="tesco",
        preference=Preference.ALWAYS,
        category=Category("Groceries"),
        created_at=AT,
    )
    value = msgspec.json.encode(hint)
    assert not isinstance(hint_fields(landed(value, key=hint_key("u1", "tesco"))), RecordError)
    assert isinstance(hint_fields(landed(value, key=hint_key("u1", "aldi"))), RecordError)


def test_a_dead_letter_keeps_its_bytes() -> None:
    headers = [
        ("dlq.reason", b"malformed_json"),
        ("dlq.detail", b"value: is not JSON"),
        ("dlq.topic", b"transactions"),
        ("dlq.partition", b"7"),
        ("dlq.offset", b"9"),
        ("dlq.schema_version", b"1.0"),
        ("dlq.worker_version", b"0.1.0"),
        ("dlq.topic_id", b"its id"),
    ]
    fields = dead_letter_fields(landed(b"\x00\xff", key=None, headers=headers))
    assert not isinstance(fields, RecordError)
    assert fields[2:5] == ("transactions", "7", "9")
    assert fields[-3:] == (None, "\\x00ff", "its id")


def test_a_dead_letter_of_a_worker_that_named_no_topic_id_lands_without_one() -> None:
    headers = [(name, b"1") for name in ("dlq.reason", "dlq.detail", "dlq.topic", "dlq.partition", "dlq.offset")]
    headers += [("dlq.schema_version", b"1.0"), ("dlq.worker_version", b"0.1.0")]
    fields = dead_letter_fields(landed(b"x", headers=headers))
    assert not isinstance(fields, RecordError)
    assert fields[-1] == ""


def test_a_dead_letter_without_headers_is_rejected() -> None:
    assert isinstance(dead_letter_fields(landed(b"x")), RecordError)


def test_a_record_time_that_no_calendar_holds_is_null() -> None:
    text = row(landed(feedback(), timestamp_ms=2**62), feedback_fields)
    assert isinstance(text, str)
    assert text.split("\t")[4] == NULL


@given(st.lists(st.one_of(st.none(), st.text()), min_size=1, max_size=5))
def test_a_line_reads_back_as_the_fields_that_went_in(fields: list[str | None]) -> None:
    text = line(tuple(fields))
    if any(field is not None and "\0" in field for field in fields):
        assert isinstance(text, RecordError)
        return
    assert isinstance(text, str)
    assert "\n" not in text
    unescaped = [part.replace("\\\\", "\0").replace("\\t", "\t").replace("\\n", "\n") for part in text.split("\t")]
    read = [part.replace("\\r", "\r").replace("\0", "\\") for part in unescaped]
    assert read == [NULL if field is None else field for field in fields]


@pytest.mark.parametrize(
    ("example", "fields"),
    [
        pytest.param("suggestions/served_by_rules.json", suggestion_fields, id="suggestion"),
        pytest.param("suggestion-compare/disagree.json", comparison_fields, id="comparison"),
    ],
)
def test_an_event_of_another_taxonomy_lands_with_its_own_category(example: str, fields: ReadFields) -> None:
    value = (EXAMPLES / example).read_bytes().replace(b"Dining", b"Pets")
    event = json.loads(value) | {"taxonomy_version": "ours-2"}
    text = row(landed(json.dumps(event).encode()), fields)
    assert isinstance(text, str)
    assert "Pets" in text.split("\t")

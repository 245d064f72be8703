"""Landing rows: what stands in the columns of each raw table, read from a record's bytes, or why nothing can."""

from dataclasses import replace
from typing import Final

import msgspec

from schemas.contracts.topics import default_name_of
from schemas.events.dead_letter import DeadLetterReason, RecordError
from schemas.events.feedback import FEEDBACK_SCHEMA_VERSION, Feedback, FeedbackAction
from schemas.events.open_taxonomy import decode_comparison, decode_suggestion
from schemas.events.rollout import RolloutRecord, content_error
from schemas.events.rollout_history import Skipped
from schemas.events.rollout_link import Link
from streams.landing.mapping.copy_format import Fields, Landed, ReadFields, instant
from streams.landing.mapping.decode import event_of
from streams.process.event_value import is_major
from streams.process.hint_record import read_hint
from streams.process.record_formats.outputs import ToJson

_json = msgspec.json.Encoder().encode


def suggestion_reader(to_json: ToJson) -> ReadFields:
    """Return what reads a suggestion whose value ``to_json`` makes JSON of."""

    def read(record: Landed) -> Fields | RecordError:
        value = to_json(record.value) if record.value else record.value
        return value if isinstance(value, RecordError) else suggestion_fields(replace(record, value=value))

    return read


def suggestion_fields(record: Landed) -> Fields | RecordError:
    """Read a suggestion."""
    event = event_of(record, decode_suggestion, time="suggested_at")
    if isinstance(event, RecordError):
        return event
    return (
        event.event_id,
        event.txn_id,
        event.user_id,
        event.account_id,
        event.category,
        repr(event.confidence),
        event.band,
        event.source,
        event.fallback_reason,
        _json(event.candidates).decode(),
        _json(event.explanations).decode(),
        event.arm,
        str(event.bucket),
        event.model_version,
        event.rules_version,
        event.taxonomy_version,
        str(event.rollout_version),
        instant(event.suggested_at),
        None if event.hints_position is None else str(event.hints_position),
    )


def comparison_fields(record: Landed) -> Fields | RecordError:
    """Read a comparison."""
    event = event_of(record, decode_comparison, time="compared_at")
    if isinstance(event, RecordError):
        return event
    return (
        event.event_id,
        event.txn_id,
        event.user_id,
        event.account_id,
        event.arm,
        str(event.bucket),
        _json(event.answers).decode(),
        event.control_category,
        event.canary_category,
        event.outcome,
        event.served_source,
        str(event.rollout_version),
        str(event.scored_in_us),
        instant(event.compared_at),
    )


def feedback_fields(record: Landed) -> Fields | RecordError:
    """Read feedback; one that names no category must be a rejection."""
    event = event_of(record, _decode_feedback, time="given_at")
    if isinstance(event, RecordError):
        return event
    if not is_major(event.schema_version, FEEDBACK_SCHEMA_VERSION):
        return _UNKNOWN_MAJOR
    if event.category is None and event.action is not FeedbackAction.REJECT:
        return RecordError(DeadLetterReason.INVALID_VALUE, f"category: is null where the action is {event.action}")
    if record.key != event.user_id.encode():
        return _KEY_MISMATCH
    return (
        event.feedback_id,
        event.txn_id,
        event.user_id,
        event.account_id,
        event.event_id,
        event.action,
        event.category,
        event.source,
        instant(event.given_at),
    )


def hint_fields(record: Landed) -> Fields | RecordError:
    """Read a hint under the worker's own rules; a null value takes back the one that its key names."""
    read = read_hint(record.key, record.value)
    if isinstance(read, RecordError):
        return read
    if read.hint is None:
        return (read.user_id, read.merchant_key, None, None, None)
    return (read.user_id, read.merchant_key, read.hint.preference, read.hint.category, instant(read.hint.created_at))


def rollout_fields(record: Landed) -> Fields | RecordError:
    """Read a rollout record as the chain's own fold took it; what is not part of the chain is a reject.

    One that is linked and cannot be read lands as what is served under it; ``record`` holds it as it was written.
    """
    match record.link:
        case Skipped(why=why):
            return RecordError(DeadLetterReason.INVALID_VALUE, f"value: {why}")
        case Link(record=served):
            event: RolloutRecord | RecordError = served
        case None:
            event = event_of(record, _decode_rollout, time="decided_at")
    if isinstance(event, RecordError):
        return event
    if record.link is None and (fault := content_error(event)) is not None:
        return RecordError(DeadLetterReason.INVALID_VALUE, fault)
    return (
        str(event.version),
        event.percent,
        "true" if event.shadow else "false",
        event.control.model_version,
        event.canary.model_version,
        event.actor,
        event.reason,
        event.verdict,
        instant(event.decided_at),
        (record.value or b"").decode(),
    )


def dead_letter_fields(record: Landed) -> Fields | RecordError:
    """Read a dead letter: its headers, and the original bytes as they are."""
    headers = {name: value.decode(errors="replace") for name, value in record.headers or [] if isinstance(value, bytes)}
    try:
        return (
            headers["dlq.reason"],
            headers["dlq.detail"],
            default_name_of(headers["dlq.topic"]),
            str(int(headers["dlq.partition"])),
            str(int(headers["dlq.offset"])),
            headers["dlq.schema_version"],
            headers["dlq.worker_version"],
            headers.get("dlq.truncated", "false"),
            _hex(record.key),
            _hex(record.value),
            headers.get("dlq.topic_id", ""),
        )
    except KeyError as error:
        return RecordError(DeadLetterReason.MISSING_FIELD, f"{error.args[0]}: the header is missing")
    except ValueError:
        return RecordError(DeadLetterReason.WRONG_TYPE, "dlq.partition, dlq.offset: are not both whole numbers")


def _hex(raw: bytes | None) -> str | None:
    return None if raw is None else "\\x" + raw.hex()


_decode_feedback: Final = msgspec.json.Decoder(Feedback).decode
_decode_rollout: Final = msgspec.json.Decoder(RolloutRecord).decode

_UNKNOWN_MAJOR: Final = RecordError(
    DeadLetterReason.UNSUPPORTED_SCHEMA_VERSION, "schema_version: is of a major that landing does not read"
)
_KEY_MISMATCH: Final = RecordError(DeadLetterReason.KEY_MISMATCH, "key: does not say what the value says")

"""Outcomes: takes any bytes as a batch from decode to encode and checks that each record has one outcome, in order.

A record is its bytes as they are, or a form: a first byte of 1, then texts for the fields of a good transaction. Most
changes of bytes break JSON; those of a form reach normalisation, rules and model.
"""

import json
import re

import msgspec

from rules.load import load_rules
from schemas.events.comparison import Comparison, Role
from schemas.events.dead_letter import DeadLetterReason
from schemas.events.rollout import ArmPolicy
from schemas.events.suggestion import Suggestion
from scorer.release.release import build_release
from streams.process.batch_types import Answers, Context, Record
from streams.process.pipeline import assign, conclude, decode, encode
from streams.rollout.release_model import ReleaseModel
from tests.support.builders import GOOD, NOW, NOW_MS, first_rollout
from tests.support.small_dataset import release

SEPARATOR = b"\x1e"  # between the records of a batch; JSON holds none
FORM = b"\x01"
BETWEEN_FIELDS = b"\x1f"
FIELDS = ("description", "amount", "merchant", "mcc", "country", "channel", "occurred_at", "currency", "schema_version")
USER = re.compile(rb'"user_id"\s*:\s*"([^"\\]{0,64})"')
ROLLOUT = first_rollout(percent="50.00", canary=ArmPolicy("fuzz"))


def read_batch(blob: bytes) -> list[Record]:
    """Cut bytes into records; each has the key of its user, so that most of them get past the key."""
    values = [_fill_in(value) if value.startswith(FORM) else value for value in blob.split(SEPARATOR)]
    return [Record(0, offset, NOW_MS, _key(value), value) for offset, value in enumerate(values)]


def _fill_in(form: bytes) -> bytes:
    texts = form.removeprefix(FORM).decode(errors="surrogateescape").split(BETWEEN_FIELDS.decode())
    return json.dumps({**GOOD, **{name: text for name, text in zip(FIELDS, texts, strict=False) if text}}).encode()


def _key(value: bytes) -> bytes | None:
    found = USER.search(value)
    return found[1] if found else None


class Outcomes:
    """Rules and a small model that were loaded once, and the check of one batch."""

    def __init__(self) -> None:
        version, files = release()
        self._rules = load_rules(None)
        self._model = ReleaseModel(build_release(files, name=version))

    def check(self, blob: bytes) -> int:
        """Take a batch all the way; return how many transactions were in it, raise where a promise is broken."""
        records = read_batch(blob)
        decoded = decode(records)
        rules = self._rules.answer(decoded.transactions, decoded.descriptors)
        models = {}
        if decoded.transactions:
            models = {
                Role.CHALLENGER: self._model.answer(decoded.transactions, decoded.descriptors, role=Role.CHALLENGER)
            }
        context = Context("t" * 22, self._rules.version, ROLLOUT, 1, NOW)
        scored = conclude(decoded, assign(decoded.transactions, ROLLOUT), Answers(rules, models), context)
        suggested, compared = [], []
        for item in scored:
            suggestion, comparison = encode(item)
            suggested.append(_offset(msgspec.json.decode(suggestion, type=Suggestion).event_id))
            compared.append(_offset(msgspec.json.decode(comparison, type=Comparison).event_id))
        refused = [item.record.offset for item in decoded.refused]
        assert suggested == compared == sorted(suggested)
        assert sorted(suggested + refused) == list(range(len(records)))
        assert all(item.fault.reason is not DeadLetterReason.SCORING_FAILED for item in decoded.refused)
        return len(scored)


def _offset(event_id: str) -> int:
    return int(event_id.rpartition("-")[2])

"""Whatever bytes come, each record has exactly one outcome, two events or one dead letter, and never an exception."""

import asyncio
import json
import os
from collections.abc import Sequence

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.load import load_rules
from schemas.events.comparison import Comparison
from schemas.events.dead_letter import DeadLetterReason, read_headers
from schemas.events.suggestion import Suggestion
from streams.process.batch_types import Record
from streams.process.scoring import Scoring
from streams.process.transform import Transform
from tests.support.builders import GOOD, NOW, NOW_MS, first_rollout

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "300"))
RULES = load_rules(None)
REASONS = {reason.value for reason in DeadLetterReason}
# Texts as they come from banks, and as they should not: any character, lone halves of pairs included.
TEXTS = st.text(max_size=60) | st.text(st.characters(min_codepoint=0xD000, max_codepoint=0xFFFF), max_size=9)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
JSON = st.recursive(SCALARS, lambda one: st.lists(one, max_size=3) | st.dictionaries(TEXTS, one, max_size=3))


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Return a good transaction with some fields changed, dropped or added, and perhaps some bytes changed."""
    fields: dict[str, object] = dict(GOOD)
    for name in draw(st.lists(st.sampled_from([*GOOD, "merchant", "mcc", "country", "channel", "extra"]), max_size=4)):
        if draw(st.booleans()):
            fields[name] = draw(JSON | TEXTS)
        else:
            fields.pop(name, None)
    value = bytearray(json.dumps(fields, ensure_ascii=draw(st.booleans())).encode(errors="surrogatepass"))
    for _ in range(draw(st.integers(0, 3))):
        value[draw(st.integers(0, len(value) - 1))] = draw(st.integers(0, 255))
    return bytes(value)


VALUES = st.none() | st.binary(max_size=200) | JSON.map(lambda one: json.dumps(one).encode()) | mutated()
KEYS = st.none() | st.just(b"u-1") | st.binary(max_size=12)


@given(st.lists(st.tuples(KEYS, VALUES), min_size=1, max_size=20))
@settings(max_examples=EXAMPLES, deadline=None)
def test_every_record_has_exactly_one_outcome(pairs: Sequence[tuple[bytes | None, bytes | None]]) -> None:
    scoring = Scoring(RULES, models=lambda version: None, model_seconds=1.0)
    transform = Transform(scoring, worker_version="1", now=NOW.timestamp)
    records = [Record(0, offset, NOW_MS, key, value) for offset, (key, value) in enumerate(pairs)]
    outgoing = asyncio.run(transform.run(records, first_rollout(), topic_id="t" * 22)).outgoing
    suggestions = [msgspec.json.decode(event.suggestion, type=Suggestion) for event in outgoing.events]
    comparisons = [msgspec.json.decode(event.comparison, type=Comparison) for event in outgoing.events]
    headers = [read_headers(letter.headers) for letter in outgoing.dead_letters]
    suggested = [int(event.event_id.rpartition("-")[2]) for event in suggestions]
    assert suggested == [int(event.event_id.rpartition("-")[2]) for event in comparisons]
    assert sorted(suggested + [int(found["dlq.offset"]) for found in headers]) == list(range(len(records)))
    assert {found["dlq.reason"] for found in headers} <= REASONS - {DeadLetterReason.SCORING_FAILED}

"""A scored past: what the worker's own functions make of made-up days, landed by the landing's own store.

Two models' words, rules that speak, override or keep silent, three rollout decisions, an act beside them, dead letters
and feedback: enough for every count of the marts to differ from every other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import Final

import msgspec

from schemas.contracts.topics import (
    COMPARISONS,
    DEAD_LETTERS,
    FEEDBACK,
    HINTS,
    ROLLOUT_STATE,
    SUGGESTIONS,
    TRANSACTIONS,
)
from schemas.events.candidate import Candidate, SuggestionSource
from schemas.events.comparison import Acceptance, Role
from schemas.events.dead_letter import Address, dead_letter_headers
from schemas.events.feedback import FEEDBACK_SCHEMA_VERSION, Feedback, FeedbackAction
from schemas.events.hint import HINT_SCHEMA_VERSION, Hint, Preference, hint_key
from schemas.events.rollout import Act, ActKind, ArmPolicy, Evidence, RolloutRecord, Verdict, record_key
from schemas.events.suggestion import Suggestion
from schemas.taxonomy import Category
from scorer.serving.decide import ModelAnswer
from streams.landing.landed_positions import Move
from streams.landing.mapping.copy_format import Landed
from streams.landing.store import LandingStore
from streams.process.batch_types import Answers, Assigned, Context, Record, Refused, Scored
from streams.process.codec import encode_event
from streams.process.pipeline import assign, conclude, decode
from tests.support.builders import GOOD, first_rollout, named, next_rollout

PARTITION: Final = 1  # of every topic; partition 0 is the small past's
MATURE: Final = datetime(2026, 4, 3, 12, tzinfo=UTC)
LAST: Final = datetime(2026, 4, 13, 12, tzinfo=UTC)
PER_DAY: Final = 120
GROCERIES, DINING = named(Category("Groceries")), named(Category("Dining"), 0.8)
WORDS: Final = (  # of the canary's model: seven of them, so that they meet every one of the five rules
    (Acceptance.ACCEPTED, (GROCERIES,)),
    (Acceptance.ACCEPTED, (DINING,)),
    (Acceptance.LOW_CONFIDENCE, (named(Category("Cash"), 0.2),)),
    (Acceptance.ACCEPTED, (DINING, GROCERIES)),
    (Acceptance.UNAVAILABLE, ()),
    (Acceptance.ERROR, ()),
    (Acceptance.TIMEOUT, ()),
)
RULES: Final = (
    named(Category("Groceries"), 0.95, source=SuggestionSource.RULES),
    None,
    named(Category("Dining"), 0.95, source=SuggestionSource.RULES),
    msgspec.structs.replace(named(Category("Travel"), 0.99, source=SuggestionSource.HINT), override=True),
    None,
)


@dataclass(frozen=True, slots=True)
class ScoredPast:
    """The batches as the worker would count them, and every record as it would land."""

    scored: list[Scored]
    refused: list[Refused]
    landed: list[Landed]


def score_past() -> ScoredPast:
    """Return the past of two days under three rollout decisions; half of the second's lies behind an act."""
    rollouts = _rollouts()
    first, up, paused, down = rollouts
    half = PER_DAY // 2
    batches = ((first, MATURE, PER_DAY), (up, MATURE, half), (paused, MATURE, half), (down, LAST, PER_DAY))
    scored: list[Scored] = []
    refused: list[Refused] = []
    records: list[Record] = []
    for rollout, now, rows in batches:
        batch = [_record(len(records) + row, now) for row in range(rows)]
        decoded = decode(batch)
        assigned = assign(decoded.transactions, rollout)
        context = Context("topic", "rules-1", rollout, 1_000, now)
        scored += conclude(decoded, assigned, _answers(assigned, len(decoded.records)), context)
        refused += decoded.refused
        records += batch
    landed = [Landed(TRANSACTIONS.name, PARTITION, r.offset, r.timestamp_ms, r.key, r.value, None) for r in records]
    for offset, item in enumerate(scored):
        key, at = item.record.key, item.record.timestamp_ms
        events = ((SUGGESTIONS, item.suggestion), (COMPARISONS, item.comparison))
        landed += [Landed(topic.name, PARTITION, offset, at, key, encode_event(event), None) for topic, event in events]
    landed += [_dead_letter(offset, item) for offset, item in enumerate(refused)]
    landed += [
        Landed(ROLLOUT_STATE.name, 0, offset, 0, record_key(offset).encode(), encode_event(record), None)
        for offset, record in enumerate(rollouts)
    ]
    landed += [
        Landed(FEEDBACK.name, PARTITION, offset, 0, given.user_id.encode(), encode_event(given), None)
        for offset, given in enumerate(feedback_on([item.suggestion for item in scored]))
    ]
    landed.append(_hint())
    return ScoredPast(scored, refused, landed)


def land(dsn: str, records: list[Landed]) -> None:
    """Land records as the landing does, each partition from its first offset on."""
    ends: dict[tuple[str, int], int] = {}
    for record in records:
        place = record.topic, record.partition
        ends[place] = max(ends.get(place, 0), record.offset + 1)
    store = LandingStore(dsn)
    try:
        starts = dict.fromkeys(ends, 0) | {place: at for place, at in store.positions().items() if place in ends}
        store.begin_at(starts)
        store.land(records, [Move(*place, starts[place], end) for place, end in ends.items()])
    finally:
        store.close()


def feedback_on(suggestions: list[Suggestion]) -> Iterator[Feedback]:
    """Yield what users say of every fourth suggestion that showed something, each way once and again."""
    shown = [suggestion for suggestion in suggestions if suggestion.category is not None]
    ways = cycle(
        (
            FeedbackAction.ACCEPT,
            FeedbackAction.REJECT,
            FeedbackAction.CORRECT,
            FeedbackAction.ACCEPT,
            FeedbackAction.LABEL,
        )
    )
    for number, (suggestion, action) in enumerate(zip(shown[::4], ways, strict=False)):
        said = (
            None
            if action is FeedbackAction.REJECT
            else suggestion.category
            if action is FeedbackAction.ACCEPT
            else Category("Cash")
        )
        yield _feedback(f"f-{number}", suggestion, action, said, named_event=number % 2 == 0)
    yield _feedback("second thoughts", shown[0], FeedbackAction.CORRECT, Category("Cash"), after=timedelta(days=1))
    yield _feedback("of what was never shown", shown[6], FeedbackAction.ACCEPT, Category("Charity & Donations"))


def _rollouts() -> list[RolloutRecord]:
    first = first_rollout(
        shadow_percent="50.00", canary=ArmPolicy("m-1"), decided_at=MATURE - timedelta(days=1), reason="shadow first"
    )
    up = next_rollout(first, percent="50.00", reason="shadow looked well", decided_at=MATURE)
    evidence = Evidence(policy="default", window_seconds=900, observations={}, reasons=["errors"])
    act = Act(kind=ActKind.PAUSE.value, details={"partitions": "3"})
    paused = next_rollout(up, act=act, actor="worker w-0", reason="150 dead letters in a row", decided_at=MATURE)
    down = next_rollout(
        paused,
        act=None,
        percent="0.00",
        reason="errors",
        actor="judge",
        verdict=Verdict.ROLLBACK,
        evidence=evidence,
        decided_at=LAST,
    )
    return [first, up, paused, down]


def _record(offset: int, now: datetime) -> Record:
    user = f"user-{offset % 40}"
    fields = GOOD | {"txn_id": f"scored-{offset}", "user_id": user, "occurred_at": "2026-03-04T09:00:00Z"}
    value = b"{" if offset % 50 == 49 else msgspec.json.encode(fields)
    return Record(PARTITION, offset, int(now.timestamp() * 1_000), user.encode(), value)


def _answers(assigned: Assigned, rows: int) -> Answers:
    asked = set(assigned.asked_rows(Role.CHALLENGER))
    words = [
        ModelAnswer(Role.CHALLENGER, "m-1", *(word if row in asked else (Acceptance.NOT_ASKED, ())))
        for row, word in enumerate(islice(cycle(WORDS), rows))
    ]
    rules: list[Candidate | None] = list(islice(cycle(RULES), rows))
    return Answers(rules, {Role.CHALLENGER: words})


def _dead_letter(offset: int, item: Refused) -> Landed:
    record = item.record
    headers = dead_letter_headers(
        item.fault,
        Address(TRANSACTIONS.name, record.partition, record.offset),
        schema_version="1.0",
        worker_version="0",
        truncated=False,
        first=None,
    )
    return Landed(DEAD_LETTERS.name, PARTITION, offset, record.timestamp_ms, record.key, record.value, list(headers))


def _feedback(
    feedback_id: str,
    suggestion: Suggestion,
    action: FeedbackAction,
    category: Category | None,
    *,
    named_event: bool = True,
    after: timedelta = timedelta(hours=1),
) -> Feedback:
    return Feedback(
        schema_version=FEEDBACK_SCHEMA_VERSION,
        feedback_id=feedback_id,
        txn_id=suggestion.txn_id,
        user_id=suggestion.user_id,
        action=action,
        category=category,
        event_id=suggestion.event_id if named_event and action is not FeedbackAction.LABEL else None,
        given_at=suggestion.suggested_at + after,
    )


def _hint() -> Landed:
    hint = Hint(
        schema_version=HINT_SCHEMA_VERSION,
        user_id="user-1",
        merchant_key="cafe luna",
        preference=Preference.ALWAYS,
        category=Category("Dining"),
        created_at=MATURE,
    )
    return Landed(HINTS.name, PARTITION, 0, 0, hint_key(hint.user_id, hint.merchant_key), encode_event(hint), None)

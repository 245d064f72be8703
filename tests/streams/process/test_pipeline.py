"""Any record has exactly one outcome, and the bucket of its user decides its arm."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events.candidate import Candidate, SuggestionSource
from schemas.events.comparison import Acceptance, Comparison, Role
from schemas.events.rollout import ArmPolicy
from schemas.events.suggestion import Arm, Suggestion
from schemas.taxonomy import CATEGORIES
from scorer.serving.decide import ModelAnswer
from streams.process.batch_types import Answers, Context, Record
from streams.process.pipeline import assign, conclude, decode, encode
from tests.support.builders import GOOD, NOW, NOW_MS, first_rollout, named, record, user_in

ROLLOUT = first_rollout(percent="50.00", canary=ArmPolicy("m-new"), control=ArmPolicy("m-old"))
CONTEXT = Context("topic-id", "rules-1", ROLLOUT, 1_234, NOW)
CONTROL, CANARY = Arm.CONTROL, Arm.CANARY


@pytest.mark.parametrize(
    ("changes", "number", "arm", "asked"),
    [
        pytest.param({"percent": "0.00"}, 0, CONTROL, True, id="nobody is in a canary of 0 %"),
        pytest.param({"percent": "100.00"}, 9_999, CANARY, True, id="everybody is in a canary of 100 %"),
        pytest.param({"percent": "10.00"}, 999, CANARY, True, id="the last bucket of 10 %"),
        pytest.param({"percent": "10.00"}, 1_000, CONTROL, True, id="the first bucket above 10 %"),
        pytest.param({"percent": "0.01"}, 0, CANARY, True, id="one basis point"),
        pytest.param({"percent": "10.00", "shadow": False}, 1_000, CONTROL, False, id="control without shadow"),
        pytest.param({"percent": "10.00", "shadow": False}, 999, CANARY, True, id="canary without shadow"),
        pytest.param({"shadow_percent": "1.00"}, 9_899, CONTROL, False, id="below a shadow of 1 %"),
        pytest.param({"shadow_percent": "1.00"}, 9_900, CONTROL, True, id="in a shadow of 1 %"),
        pytest.param({"shadow_percent": "0.00"}, 9_999, CONTROL, False, id="a shadow of nobody"),
        pytest.param({"percent": "10.00", "shadow_percent": "0.00"}, 999, CANARY, True, id="canary beyond the shadow"),
    ],
)
def test_the_bucket_decides_the_arm_and_who_is_put_to_the_model(
    changes: dict[str, object], number: int, arm: Arm, asked: bool
) -> None:
    user = user_in(number.__eq__)
    assigned = assign(decode([record(user=user)]).transactions, first_rollout(**changes))
    assert (assigned.buckets, assigned.arms) == ([number], [arm])
    assert assigned.asked_rows(Role.CHALLENGER) == ([0] if asked else [])
    assert assigned.asked_rows(Role.CHAMPION) == [0]


FIELDS = st.sampled_from([*GOOD, "merchant", "mcc", "channel", "country", "colour"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
)
LIKELY = st.dictionaries(
    FIELDS, ANYTHING | st.sampled_from(["5411", "GB", "pos", "-1.00", "1.9", "x" * 600]), max_size=2
)
VALUES = st.none() | st.binary(max_size=80) | LIKELY.map(lambda fields: json.dumps({**GOOD, **fields}).encode())
KEYS = st.sampled_from([b"u-1", b"u-1", None, b"", b"\xff"]) | st.binary(max_size=8)
CANDIDATES = st.builds(
    Candidate,
    st.sampled_from(CATEGORIES),
    st.floats(0, 1),
    st.just(SuggestionSource.RULES),
    st.just("rule-1"),
    st.booleans(),
)


@st.composite
def model_answers(draw: st.DrawFn, role: Role) -> ModelAnswer:
    acceptance = draw(st.sampled_from(Acceptance))
    heard = acceptance in (Acceptance.ACCEPTED, Acceptance.LOW_CONFIDENCE)
    best = draw(st.lists(st.sampled_from(CATEGORIES), min_size=3, max_size=3, unique=True)) if heard else []
    sure = sorted((draw(st.floats(0, 1)) for _ in best), reverse=True)
    return ModelAnswer(role, "m-1", acceptance, tuple(map(named, best, sure)))


@given(st.lists(st.tuples(KEYS, VALUES), max_size=8), st.data())
@settings(max_examples=300, deadline=None)
def test_any_bytes_have_exactly_one_outcome(
    pairs: list[tuple[bytes | None, bytes | None]], data: st.DataObject
) -> None:
    records = [Record(3, offset, NOW_MS, key, value) for offset, (key, value) in enumerate(pairs)]
    decoded = decode(records)
    count = len(decoded.records)
    rules = [data.draw(st.none() | CANDIDATES) for _ in range(count)]
    roles = data.draw(st.sets(st.sampled_from([Role.CHAMPION, Role.CHALLENGER])))
    models = {role: [data.draw(model_answers(role)) for _ in range(count)] for role in roles}
    scored = conclude(decoded, assign(decoded.transactions, ROLLOUT), Answers(rules, models), CONTEXT)
    outcomes = [item.record.offset for item in scored] + [item.record.offset for item in decoded.refused]
    assert sorted(outcomes) == list(range(len(records)))
    assert [item.record for item in scored] == decoded.records
    for item in scored:
        suggestion, comparison = encode(item)
        assert msgspec.json.decode(suggestion, type=Suggestion) == item.suggestion
        assert msgspec.json.decode(comparison, type=Comparison) == item.comparison
        assert item.suggestion.event_id == item.comparison.event_id == f"topic-id-3-{item.record.offset}"
        assert item.suggestion.user_id.encode() == item.record.key
        named_categories = [candidate.category for candidate in item.suggestion.candidates]
        assert len(set(named_categories)) == len(named_categories)
        assert named_categories[:1] in ([], [item.suggestion.category]) or item.suggestion.category is None

"""What a batch counts, once it is committed, is what it wrote: metrics and topics agree."""

from collections.abc import Callable

import msgspec
import pytest
from prometheus_client import REGISTRY
from prometheus_client.samples import Sample

from schemas.events.candidate import Candidate, SuggestionSource
from schemas.events.comparison import Acceptance, Role
from schemas.events.dead_letter import DeadLetterReason, RecordError
from schemas.events.hint import HINTED, Preference, hint_name
from schemas.events.rollout import ArmPolicy
from schemas.events.suggestion import Arm
from schemas.taxonomy import CATEGORIES, Category
from scorer.serving.decide import ModelAnswer
from streams.process.batch_types import Answers, Assigned, Context, Refused, Scored
from streams.process.pipeline import conclude, decode
from streams.produce.batch_metrics import tally
from streams.produce.clock_skew import DAY_SECONDS
from tests.support.builders import NOW, NOW_MS, first_rollout, named, record

RULE = named(Category("Fuel & Auto"), source=SuggestionSource.RULES)
SERVED = ("model", "rules", "hint", "none", "fallback")
ROLLOUT = first_rollout(canary=ArmPolicy("m-1"))
Count = Callable[..., float]


@pytest.fixture
def counted() -> Count:
    """Return a function that says by how much a series has grown since the test began."""
    before = {(sample.name, *sorted(sample.labels.items())): sample.value for sample in samples()}

    def grown(name: str, **labels: str) -> float:
        key = (name, *sorted(labels.items()))
        now = next((s.value for s in samples() if (s.name, *sorted(s.labels.items())) == key), 0.0)
        return now - before.get(key, 0.0)

    return grown


def samples() -> list[Sample]:
    return [sample for family in REGISTRY.collect() for sample in family.samples if sample.name.startswith("lm_")]


def scored(arm: Arm, acceptance: Acceptance | None, *, rule: Candidate | None = RULE, count: int = 1) -> list[Scored]:
    """Return transactions of one arm whose canary's model says ``acceptance``; None where there is no model."""
    heard = acceptance in (Acceptance.ACCEPTED, Acceptance.LOW_CONFIDENCE)
    ranked = (named(Category("Dining")),) if heard else ()
    models = (
        {}
        if acceptance is None
        else {Role.CHALLENGER: [ModelAnswer(Role.CHALLENGER, "m-1", acceptance, ranked)] * count}
    )
    decoded = decode([record(offset) for offset in range(count)])
    assigned = Assigned([0] * count, [arm] * count, [True] * count)
    return conclude(decoded, assigned, Answers([rule] * count, models), Context("topic", "rules-1", ROLLOUT, 1, NOW))


@pytest.mark.parametrize(
    ("arm", "acceptance", "rule", "label"),
    [
        pytest.param(Arm.CONTROL, None, RULE, "rules", id="control by rule"),
        pytest.param(Arm.CONTROL, None, None, "none", id="control in silence"),
        pytest.param(Arm.CONTROL, Acceptance.LOW_CONFIDENCE, RULE, "rules", id="control is no fallback"),
        pytest.param(Arm.CANARY, Acceptance.ACCEPTED, RULE, "model", id="canary by model"),
        pytest.param(Arm.CANARY, Acceptance.LOW_CONFIDENCE, RULE, "fallback", id="canary falls back to the rule"),
        pytest.param(Arm.CANARY, Acceptance.TIMEOUT, None, "none", id="canary falls back to silence"),
        pytest.param(Arm.CANARY, None, RULE, "rules", id="canary without a model"),
    ],
)
def test_each_transaction_counts_once_by_what_was_served(
    counted: Count, arm: Arm, acceptance: Acceptance | None, rule: Candidate | None, label: str
) -> None:
    tally(scored(arm, acceptance, rule=rule, count=3), [], now=NOW.timestamp())
    assert counted("lm_ml_predictions_total", source=label, arm=arm.value) == 3
    every = [counted("lm_ml_predictions_total", source=s, arm=a) for s in SERVED for a in ("control", "canary")]
    assert sum(every) == counted("lm_stream_transactions_total") == 3


@pytest.mark.parametrize("arm", list(Arm))
def test_what_a_hint_serves_is_told_and_is_in_no_rate_of_an_arm(counted: Count, arm: Arm) -> None:
    decoded = decode([record()])
    hinted = {hint_name("u-1", "cafe luna"): HINTED[Preference.ALWAYS, Category("Travel")]}
    answers = Answers([RULE], {Role.CHALLENGER: [ModelAnswer(Role.CHALLENGER, "m-1", Acceptance.TIMEOUT)]})
    context = Context("topic", "rules-1", ROLLOUT, 1, NOW)
    tally(conclude(decoded, Assigned([0], [arm], [True]), answers, context, hinted), [], now=NOW.timestamp())
    assert counted("lm_ml_predictions_total", source="hint", arm=arm.value) == 1
    rates = [
        counted("lm_ml_acceptance_total", arm=arm.value, acceptance="timeout"),
        counted("lm_suggest_compare_total", outcome="control_only", arm=arm.value),
        counted("lm_ml_fallback_total", reason="timeout"),
    ]
    assert rates == [0, 0, 0]


@pytest.mark.parametrize("acceptance", ["low_confidence", "unavailable", "error", "timeout"])
def test_a_fallback_is_counted_with_its_reason_in_the_canary_alone(counted: Count, acceptance: str) -> None:
    tally(scored(Arm.CANARY, Acceptance(acceptance)), [], now=NOW.timestamp())
    tally(scored(Arm.CONTROL, Acceptance(acceptance)), [], now=NOW.timestamp())
    assert counted("lm_ml_fallback_total", reason=acceptance) == 1


def test_a_doubted_rule_is_counted_as_such_and_as_served_by_nobody(counted: Count) -> None:
    doubted = msgspec.structs.replace(
        ModelAnswer(Role.CHALLENGER, "m-1", Acceptance.LOW_CONFIDENCE, (named(Category("Dining")),)),
        doubted=1 << CATEGORIES.index(RULE.category),
    )
    answers = Answers([RULE], {Role.CHALLENGER: [doubted]})
    context = Context("topic", "rules-1", ROLLOUT, 1, NOW)
    tally(conclude(decode([record(0)]), Assigned([0], [Arm.CANARY], [True]), answers, context), [], now=NOW.timestamp())
    assert counted("lm_ml_fallback_total", reason="rule_doubted") == 1
    assert counted("lm_ml_fallback_total", reason="low_confidence") == 0
    assert counted("lm_ml_predictions_total", source="none", arm="canary") == 1
    assert counted("lm_ml_acceptance_total", arm="canary", acceptance="low_confidence") == 1


def test_the_models_own_word_is_counted_in_both_arms_where_it_was_asked(counted: Count) -> None:
    for arm in Arm:
        for acceptance in Acceptance:
            tally(scored(arm, acceptance), [], now=NOW.timestamp())
    for arm in Arm:
        heard = {a: counted("lm_ml_acceptance_total", arm=arm.value, acceptance=a.value) for a in Acceptance}
        assert heard == {acceptance: float(acceptance is not Acceptance.NOT_ASKED) for acceptance in Acceptance}


def test_comparisons_are_counted_by_outcome_and_arm(counted: Count) -> None:
    tally(scored(Arm.CONTROL, Acceptance.ACCEPTED, count=2), [], now=NOW.timestamp())
    assert counted("lm_suggest_compare_total", outcome="disagree", arm="control") == 2


def test_dead_letters_are_counted_by_reason_and_as_records_read(counted: Count) -> None:
    faults = [DeadLetterReason.NULL_KEY, DeadLetterReason.NULL_KEY, DeadLetterReason.OVERSIZE]
    tally(
        scored(Arm.CONTROL, None),
        [Refused(record(9), RecordError(reason, "")) for reason in faults],
        now=NOW.timestamp(),
    )
    assert counted("lm_stream_dead_letters_total", reason="null_key") == 2
    assert counted("lm_stream_dead_letters_total", reason="oversize") == 1
    assert counted("lm_stream_transactions_total") == 4
    assert counted("lm_stream_batch_size_sum") == 4
    assert counted("lm_stream_batch_size_count") == 1


@pytest.mark.parametrize(
    ("age_seconds", "far"),
    [
        pytest.param(0.2, 0, id="now"),
        pytest.param(DAY_SECONDS - 1, 0, id="within a day"),
        pytest.param(DAY_SECONDS + 1, 2, id="over a day old"),
        pytest.param(-DAY_SECONDS - 1, 2, id="over a day ahead"),
    ],
)
def test_ages_are_those_of_the_records_and_far_ones_are_counted(counted: Count, age_seconds: float, far: int) -> None:
    tally(scored(Arm.CONTROL, None, count=2), [], now=NOW_MS / 1_000 + age_seconds)
    assert counted("lm_stream_far_timestamps_total") == far
    assert counted("lm_stream_end_to_end_seconds_count") == 2
    assert counted("lm_stream_end_to_end_seconds_sum") == pytest.approx(2 * max(0, age_seconds), rel=1e-3)


def test_an_empty_batch_counts_no_transaction(counted: Count) -> None:
    tally([], [], now=NOW.timestamp())
    assert counted("lm_stream_transactions_total") == 0
    assert counted("lm_stream_end_to_end_seconds_count") == 0

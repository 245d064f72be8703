"""What the judge exports is its last look: a value that was not measured is not shown as it was before."""

import msgspec

from ops.rollout.evaluate import Look
from ops.rollout.metrics import JUDGE, show
from ops.rollout.policies import load_policy
from scorer.rollout.judge import judge
from scorer.rollout.metrics import Standing
from tests.ops.rollout.test_audit import SOUND
from tests.support.builders import first_rollout

POLICY = load_policy("default")


def look(standing: Standing) -> Look:
    return Look(first_rollout(), standing, judge(POLICY, standing), (), None)


def value(name: str, **labels: str) -> float | None:
    return JUDGE.get_sample_value(name, labels)


def test_value_and_bar_stand_side_by_side_and_an_unmeasured_value_is_taken_back() -> None:
    found = look(SOUND)
    show(found)
    measured = [one for one in found.judgement.conditions if one.value is not None and one.bar is not None]
    assert measured
    for one in measured:
        assert value("lm_rollout_observed", rate=str(one.name)) == one.value
        assert value("lm_rollout_threshold", rate=str(one.name)) == one.bar
    show(look(Standing(percent=SOUND.percent, has_model=True)))
    gone = [one for one in measured if value("lm_rollout_observed", rate=str(one.name)) is None]
    assert len(gone) > len(measured) / 2


def test_each_look_counts_by_its_verdict_and_every_verdict_begins_at_nothing() -> None:
    found = look(SOUND)
    name = found.judgement.verdict.value
    before = value("lm_rollout_verdicts_total", verdict=name)
    assert before is not None
    show(found)
    assert value("lm_rollout_verdicts_total", verdict=name) == before + 1


def test_without_a_record_the_share_stays_what_was_last_known() -> None:
    show(look(msgspec.structs.replace(SOUND)))
    show(look(SOUND)._replace(record=None))
    assert value("lm_rollout_version") == 0

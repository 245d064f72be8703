"""A release that any rollout record ever named is kept, with the last record that named it."""

from ops.releases.referenced import named_by
from schemas.events.rollout import ArmPolicy
from tests.support.builders import first_rollout, next_rollout


def test_both_arms_of_every_record_are_named_and_the_last_one_is_the_reason() -> None:
    first = first_rollout(canary=ArmPolicy("m-1"))
    second = next_rollout(first, control=ArmPolicy("m-1"), canary=ArmPolicy("m-2"))
    third = next_rollout(second, canary=ArmPolicy("m-3"))
    assert named_by([first, second, third]) == {
        "m-1": f"rollout record {third.version} names it",
        "m-2": f"rollout record {second.version} names it",
        "m-3": f"rollout record {third.version} names it",
    }


def test_rules_alone_name_nobody() -> None:
    assert named_by([]) == {}
    assert named_by([first_rollout()]) == {}

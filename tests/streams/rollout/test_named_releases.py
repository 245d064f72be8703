"""A rollout record names its releases once, and those that may not serve are barred where it would serve them."""

import pytest

from schemas.events.rollout import ArmPolicy
from streams.rollout.named_releases import barred, named
from tests.support.builders import PlainModel, first_rollout

MODELS = {"fit": PlainModel(), "unfit": PlainModel(may_serve=False)}


@pytest.mark.parametrize(
    ("control", "canary", "names"),
    [(None, None, []), ("a", None, ["a"]), (None, "b", ["b"]), ("a", "b", ["a", "b"]), ("a", "a", ["a"])],
)
def test_each_release_is_named_once(control: str | None, canary: str | None, names: list[str]) -> None:
    assert named(first_rollout(control=ArmPolicy(control), canary=ArmPolicy(canary))) == names


@pytest.mark.parametrize(
    ("control", "canary", "percent", "releases"),
    [
        pytest.param("fit", "unfit", "0.00", [], id="only in shadow"),
        pytest.param("fit", "unfit", "1.00", ["unfit"], id="served to few"),
        pytest.param("unfit", None, "0.00", ["unfit"], id="control is always served"),
        pytest.param("fit", "missing", "1.00", [], id="not loaded"),
    ],
)
def test_what_would_be_served_and_may_not_is_barred(
    control: str, canary: str | None, percent: str, releases: list[str]
) -> None:
    record = first_rollout(control=ArmPolicy(control), canary=ArmPolicy(canary), percent=percent)
    assert barred(record, MODELS) == releases

"""The champion is who serves everybody once a rollout has ended either way."""

import pytest

from scorer.rollout.champion import champion_of


@pytest.mark.parametrize(
    ("basis_points", "control", "canary", "champion"),
    [
        (0, None, "new", None),
        (1_000, None, "new", None),
        (9_999, "old", "new", "old"),
        (10_000, "old", "new", "new"),
        (10_000, None, "new", "new"),
        (10_000, "old", None, "old"),
        (0, None, None, None),
    ],
    ids=[
        "a canary in shadow", "a canary beside rules", "a canary nearly everywhere", "a canary that has won",
        "a first canary that has won", "a canary of rules alone", "rules alone",
    ],
)  # fmt: skip
def test_a_record_has_one_champion(
    basis_points: int, control: str | None, canary: str | None, champion: str | None
) -> None:
    assert champion_of(basis_points, control=control, canary=canary) == champion

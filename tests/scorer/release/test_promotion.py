"""Promotions are a chain that nobody changes unseen, and a rollback goes back one promotion that stands."""

import msgspec
import pytest

from schemas.hash_chain import GENESIS_HASH, hash_bytes
from scorer.release.promotion import Action, Promotion, follow, standing


def chain(*acts: str) -> list[bytes]:
    """Write a link for each act: the name of a release, or ``back``."""
    links: list[bytes] = []
    for number, act in enumerate(acts, 1):
        links.append(
            Promotion(
                number=number,
                action=Action.ROLLBACK if act == "back" else Action.PROMOTE,
                model_version=act,
                manifest_hash=hash_bytes(act.encode()),
                actor="me",
                reason="why",
                at="2024-03-01T00:00:00Z",
                previous_hash=hash_bytes(links[-1]) if links else GENESIS_HASH,
            ).to_bytes()
        )
    return links


@pytest.mark.parametrize(
    ("acts", "left"),
    [
        pytest.param(["a", "b"], ["a", "b"], id="two"),
        pytest.param(["a", "b", "back"], ["a"], id="a rollback"),
        pytest.param(["a", "b", "back", "c"], ["a", "c"], id="and another promotion"),
        pytest.param(["a", "a", "b"], ["a", "b"], id="the same again is no promotion to go back to"),
        pytest.param(["a", "b", "a", "back"], ["a", "b"], id="one that came back"),
    ],
)
def test_the_last_promotion_that_stands_is_in_force(acts: list[str], left: list[str]) -> None:
    assert [one.model_version for one in standing(follow(chain(*acts)))] == left


@pytest.mark.parametrize("place", [0, 1], ids=["first", "second"])
def test_a_link_that_was_changed_or_taken_out_breaks_the_chain(place: int) -> None:
    links = chain("a", "b", "c")
    changed = msgspec.structs.replace(msgspec.json.decode(links[place], type=Promotion), reason="another").to_bytes()
    with pytest.raises(ValueError, match="promotion"):
        follow([*links[:place], changed, *links[place + 1 :]])
    with pytest.raises(ValueError, match="promotion"):
        follow([*links[:place], *links[place + 1 :]])

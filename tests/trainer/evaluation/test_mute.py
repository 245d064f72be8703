"""What the gate mutes is out of reach, and a stranger's answer needs a proof of its own."""

import msgspec
import pytest

from schemas.taxonomy import CATEGORIES, Category
from scorer.model.threshold_setting import MUTED
from scorer.model.thresholds import Threshold, Thresholds
from scorer.release.manifest import Gate
from trainer.evaluation.mute import mute, unproven

PROVEN = Threshold(value=0.5, bound=0.91, unknown=0.8)


def thresholds(unknown: Threshold | None = None, **others: Threshold) -> Thresholds:
    by_category = dict.fromkeys(CATEGORIES, PROVEN) | {Category(name): one for name, one in others.items()}
    return Thresholds(wanted_precision=0.9, unknown=unknown, by_category=by_category)


def gate(*, verdict: str = "PASS", judged: tuple[str, ...] = (), muted: tuple[str, ...] = ()) -> Gate:
    return msgspec.convert(
        {"verdict": verdict, "mode": "strict", "judged": judged, "muted": muted, "reasons": ()}, Gate
    )


def test_a_muted_category_is_out_of_reach_and_the_others_keep_theirs() -> None:
    found = mute(thresholds(), gate(muted=("Cash",), judged=tuple(CATEGORIES))).by_category
    assert (found[Category("Cash")].value, found[Category("Cash")].note) == (MUTED, "muted by the gate")
    assert found[Category("Dining")] == PROVEN


def test_what_was_out_of_reach_before_keeps_its_own_reason() -> None:
    before = Threshold(value=MUTED, note="nothing proves a threshold")
    assert mute(thresholds(Cash=before), gate(muted=("Cash",))).by_category[Category("Cash")] == before


@pytest.mark.parametrize(
    ("unknown", "verdict", "value"),
    [
        pytest.param(None, "PASS", MUTED, id="nothing proven of strangers"),
        pytest.param(Threshold(value=0.8), "PASS", MUTED, id="a threshold without a bound"),
        pytest.param(Threshold(value=0.8, bound=0.92), "PASS", 0.8, id="a bound"),
        pytest.param(None, "REFUSED", 0.8, id="a release that may not serve"),
    ],
)
def test_a_category_that_was_not_judged_answers_strangers_only_by_a_bound(
    unknown: Threshold | None, verdict: str, value: float
) -> None:
    found = mute(thresholds(unknown), gate(verdict=verdict, judged=("Dining",))).by_category
    assert found[Category("Cash")].unknown == value
    assert found[Category("Dining")].unknown == 0.8


def test_unproven_is_what_nobody_judged_and_no_bound_proves() -> None:
    bare = Threshold(value=0.5)
    assert unproven(thresholds(Cash=bare, Dining=bare), judged=["Dining"]) == ("Cash",)
    nothing = Thresholds(wanted_precision=0.9, unknown=None, by_category={})
    assert unproven(nothing, judged=[]) == tuple(category.value for category in CATEGORIES)

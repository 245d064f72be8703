"""Explanations: true, in words, the same whoever asks first, and never missing."""

import pytest

from schemas.events.candidate import ExplanationKind
from schemas.taxonomy import CATEGORIES, Category
from schemas.text.descriptor import Descriptor, build_descriptor
from scorer.model import explain
from scorer.model.explain import Explainer
from tests.support.small_dataset import trained, transactions

GROCERIES, DINING = CATEGORIES.index(Category("Groceries")), CATEGORIES.index(Category("Dining"))


def texts(descriptor: Descriptor, mcc: str | None, category: int) -> dict[ExplanationKind, str]:
    (found,) = Explainer(trained().model).explain([descriptor], [mcc], [category])
    return {explanation.kind: explanation.text for explanation in found}


def test_brand_history_and_code_speak_where_they_are_for_the_answer() -> None:
    found = texts(Descriptor("tesco", "tesco", "tesco 1"), "5411", GROCERIES)
    assert found[ExplanationKind.BRAND] == "“tesco” is a known name in Groceries"
    assert found[ExplanationKind.MCC] == "the merchant category code 5411 stands for Groceries"
    hits, labels = (int(word) for word in found[ExplanationKind.HISTORY].split()[:3:2])
    assert 0.8 * labels < hits <= labels
    assert texts(Descriptor("tesco", "nobody", "tesco 1"), "5812", GROCERIES).keys() == {ExplanationKind.BRAND}


def test_what_speaks_for_another_category_is_not_named() -> None:
    found = texts(Descriptor("tesco", "nobody", "tesco 1"), "5411", DINING)
    assert found == {ExplanationKind.TEXT: "wording, merchant and amount are typical of Dining"}


def test_the_loudest_word_is_the_one_that_tells() -> None:
    found = texts(Descriptor("the old pizzeria ltd", "nobody", ""), None, DINING)
    assert found[ExplanationKind.WORD] == "the word “pizzeria” speaks for Dining"


def test_a_row_is_explained_the_same_in_any_company(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, _ = transactions(60, seed=11)
    described, mccs = [build_descriptor(row) for row in rows], [row.mcc for row in rows]
    best = [GROCERIES, DINING] * 30
    together = Explainer(trained().model).explain(described, mccs, best)
    monkeypatch.setattr(explain, "MAX_REMEMBERED", 3)  # forgets all the time
    forgetful = Explainer(trained().model)
    alone = [
        forgetful.explain([descriptor], [mcc], [category])[0]
        for descriptor, mcc, category in zip(described, mccs, best, strict=True)
    ]
    assert together == alone
    assert all(alone)


@pytest.mark.parametrize("norm", ["", "1234", "a" * 300, "スターバックス 渋谷"])
def test_odd_wordings_have_an_explanation_that_fits(norm: str) -> None:
    (found,) = Explainer(trained().model).explain([Descriptor(norm, norm, norm)], ["0000"], [DINING])
    assert found
    assert all(len(explanation.text) <= 256 for explanation in found)


def test_nothing_asked_is_nothing_said() -> None:
    assert Explainer(trained().model).explain([], [], []) == []

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from ops.labels.ask import ask_each, categories_named
from ops.labels.next_labels import NewestTransaction, UnlabelledMerchant
from schemas.taxonomy import Category

MERCHANTS = [
    UnlabelledMerchant(
        key=key, newest=NewestTransaction("u", "a", key, key, "-1.00", "GBP", datetime(2026, 5, 1, tzinfo=UTC))
    )
    for key in ("first", "second", "third")
]


def answers(*words: str) -> Callable[[str], str]:
    left = iter(words)
    return lambda _: next(left)


@pytest.mark.parametrize(
    ("words", "given"),
    [
        pytest.param(["din", "groc", "cash"], ["first Dining", "second Groceries", "third Cash"], id="first letters"),
        pytest.param(["", "DINING", "q"], ["second Dining"], id="one is skipped, and an end"),
        pytest.param(["t", "zzz", "?", "travel", "q"], ["first Travel"], id="asked again until one is meant"),
        pytest.param(["Q"], [], id="the end at once"),
    ],
)
def test_each_answer_names_one_category(words: list[str], given: list[str]) -> None:
    shown: list[str] = []
    found = ask_each(MERCHANTS, read=answers(*words), show=shown.append)
    assert [f"{one.key} {category.value}" for one, category in found] == given
    assert shown[0].startswith("\n1 of 3: 'first', -1.00 GBP, 2026-05-01")


def test_a_whole_name_is_meant_even_where_another_begins_so() -> None:
    assert categories_named("cash") == (Category("Cash"),)
    assert len(categories_named("t")) > 1
    assert categories_named("none of them") == ()

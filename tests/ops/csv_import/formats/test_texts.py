"""The texts of a transaction stand one behind the other, each once."""

import pytest

from ops.csv_import.formats.texts import joined


@pytest.mark.parametrize(
    ("texts", "one"),
    [
        pytest.param(["TESCO", "Card payment"], "TESCO Card payment", id="two"),
        pytest.param(["TESCO", "tesco stores 3021"], "tesco stores 3021", id="the longer one has the shorter"),
        pytest.param(["TESCO STORES", "Tesco"], "TESCO STORES", id="whichever comes first"),
        pytest.param(["", "  A \n  B "], "A B", id="blanks"),
        pytest.param(["ONE", "one", "ONE"], "ONE", id="repeats"),
        pytest.param([], "", id="none"),
    ],
)
def test_what_another_text_begins_with_is_not_repeated(texts: list[str], one: str) -> None:
    assert joined(texts) == one

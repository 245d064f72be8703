"""A record is left out for the first condition that holds, and for none that it does not meet."""

from typing import Any

import pytest

from schemas.events.skip_reason import SkipReason
from streams.process.input_mapping.path import parse_path
from streams.process.input_mapping.skips import skip_reader
from streams.process.input_mapping.spec import SkipSpec


def skip(kind: Any, *values: str, reason: SkipReason = SkipReason.PENDING) -> SkipSpec:
    return SkipSpec(reason, parse_path("status"), kind, frozenset(values))


@pytest.mark.parametrize(
    ("spec", "value", "is_skipped"),
    [
        pytest.param(skip("is", "pending"), "pending", True, id="is"),
        pytest.param(skip("is", "pending"), "PENDING", False, id="as it is written"),
        pytest.param(skip("is", "true"), True, True, id="a boolean as JSON writes it"),
        pytest.param(skip("is", "1"), 1, True, id="a number"),
        pytest.param(skip("is_not", "booked"), "pending", True, id="is not"),
        pytest.param(skip("is_not", "booked"), None, False, id="what is absent is not another value"),
        pytest.param(skip("missing"), None, True, id="missing"),
        pytest.param(skip("missing"), "", True, id="empty is missing"),
        pytest.param(skip("missing"), {"a": 1}, False, id="an object is there"),
        pytest.param(skip("present"), {"a": 1}, True, id="present"),
        pytest.param(skip("is", "a"), {"a": 1}, False, id="an object equals no text"),
    ],
)
def test_conditions_compare_values_as_texts(spec: SkipSpec, value: object, is_skipped: bool) -> None:
    read = skip_reader([spec], {"status": 0})
    assert read is not None
    assert read((value,)) is (SkipReason.PENDING if is_skipped else None)


def test_the_first_condition_that_holds_gives_the_reason() -> None:
    read = skip_reader([skip("is", "x"), skip("present", reason=SkipReason.TEST), skip("present")], {"status": 0})
    assert read is not None
    assert read(("y",)) is SkipReason.TEST


def test_a_mapping_without_conditions_asks_nothing_of_a_record() -> None:
    assert skip_reader([], {}) is None

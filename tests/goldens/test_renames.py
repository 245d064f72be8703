"""Renames and differences do what the goldens trust them to do."""

import json

import pytest

from tests.goldens.differences import differences
from tests.goldens.renames import Renames

RECORD = (
    '{"version":1,"evidence":{"observations":{"better":3.0},"terms":"{\\"alpha\\":0.05,\\"looks\\":3}"},"better":1}'
)


def test_a_line_that_names_nothing_old_is_the_same_bytes() -> None:
    odd = '{"b": 1.50, "a":[]}'
    assert Renames({"event_fields": {"c": "d"}}).line(odd, ("event_fields",)) == odd


@pytest.mark.parametrize(
    ("kind", "old", "new", "line", "renamed"),
    [
        pytest.param(
            "observations", "observations.better", "wins", RECORD,
            RECORD.replace('{"better"', '{"wins"'), id="the end of a path, no other key of that name",
        ),
        pytest.param(
            "policy_keys", "looks", "failures", RECORD, RECORD.replace("looks", "failures"), id="inside of a text",
        ),
        pytest.param(
            "policy_keys", "alpha", "significance", RECORD,
            RECORD.replace('\\"alpha\\":0.05,\\"looks\\":3', '\\"looks\\":3,\\"significance\\":0.05'),
            id="terms stay sorted",
        ),
        pytest.param("values", "a=any", "all", '{"a":"any","x":"any"}', '{"a":"all","x":"any"}', id="value"),
        pytest.param("columns", "looks", "tries", "select a.looks, looks_fast", "select a.tries, looks_fast", id="SQL"),
        pytest.param("columns", "a", "b", '{"row":{"a":"a b"},"a":1}', '{"row":{"b":"a b"},"a":1}', id="keys of a row"),
        pytest.param("event_fields", "a", "b", '{"required":["a","c"]}', '{"required":["b","c"]}', id="list of names"),
        pytest.param("release_files", "x.json", "y.json", '{"file":"x.json"}', '{"file":"y.json"}', id="file"),
    ],
)  # fmt: skip
def test_names_are_renamed_where_they_stand(kind: str, old: str, new: str, line: str, renamed: str) -> None:
    renames = Renames({kind: {old: new}})
    assert renames.unused == [f"{kind}: {old}"]
    assert renames.line(line, (kind,)) == renamed
    assert renames.unused == []


def test_a_kind_that_does_not_apply_renames_nothing() -> None:
    renames = Renames({"columns": {"version": "number"}})
    assert renames.line(RECORD, ("event_fields",)) == RECORD
    assert renames.unused == ["columns: version"]


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(AssertionError, match="nothing is of the kind fields"):
        Renames({"fields": {"a": "b"}})


def test_what_was_added_is_left_out_of_todays_lines() -> None:
    renames = Renames({"added": {"evidence.merchant": "a name for whom it was paid to"}})
    assert (
        renames.without_added('{"merchant":1,"evidence":{"merchant":2,"x":3}}') == '{"merchant":1,"evidence":{"x":3}}'
    )
    assert renames.unused == []


def test_what_is_said_to_be_rewritten_is_not_compared() -> None:
    renames = Renames({"rewritten": {"release:card.html": "its prose"}})
    assert not renames.is_rewritten("release")
    assert renames.is_rewritten("release:card.html") and renames.unused == []


@pytest.mark.parametrize(
    ("then", "now", "says"),
    [
        pytest.param('{"name":"x","p":0.1}', '{"name":"x","p":0.10000000000000002}', "(x): $.p 0.1 →", id="one bit"),
        pytest.param('{"a":1,"b":2}', '{"b":2,"a":1}', "the same values in other bytes", id="order"),
        pytest.param('{"a":1}', '{"a":1.0}', "$.a 1 → 1.0", id="another kind of number"),
        pytest.param('{"a":1}', '{"a":1,"b":2}', "$.b is only there today", id="one more key"),
        pytest.param('{"a":[1]}', '{"a":[1,2]}', "$.a [1] → [1, 2]", id="a longer list"),
        pytest.param('{"sha256":"a"}', '{"sha256":"b"}', "$.sha256", id="a hash"),
        pytest.param("lm_a gauge", "lm_b gauge", "lm_a gauge → lm_b gauge", id="plain text"),
    ],
)
def test_the_smallest_difference_is_found_and_says_where(then: str, now: str, says: str) -> None:
    assert differences([then], [then]) == []
    (found,) = differences([then], [now])
    assert says in found


def test_a_line_too_few_is_found() -> None:
    assert differences(["{}", "{}"], ["{}"]) == ["1 lines, 2 were stored"]


@pytest.mark.parametrize(
    ("now", "is_alike"),
    [
        pytest.param({"p": 0.505, "s": "at 0.505", "sha256": "b"}, True, id="small differences"),
        pytest.param({"p": 0.6, "s": "at 0.5", "sha256": "a"}, False, id="another number"),
        pytest.param({"p": 0.5, "s": "of 0.5", "sha256": "a"}, False, id="another word"),
    ],
)
def test_on_another_machine_only_the_last_digits_may_differ(now: dict[str, object], *, is_alike: bool) -> None:
    then = {"p": 0.5, "s": "at 0.5", "sha256": "a"}
    assert (differences([json.dumps(then)], [json.dumps(now)], is_exact=False) == []) is is_alike

"""The table of hints: what its records say, up to one position, and what a batch is told of it."""

import asyncio
import json

import pytest

from schemas.events.candidate import Candidate, SuggestionSource
from schemas.events.hint import Preference, hint_key, hint_name
from schemas.taxonomy import Category
from streams.process.batch_types import Scored
from streams.process.hints import HintTable, Pinned, no_hints
from streams.process.pipeline import decode
from streams.process.scoring import Scoring
from streams.process.transform import Transform
from tests.support.builders import NOW, PlainModel, PlainRules, first_rollout, named, record

DINING, TRAVEL = Category("Dining"), Category("Travel")


def said(user: str, merchant: str, preference: str, category: str, **changes: object) -> tuple[bytes, bytes]:
    event = {
        "schema_version": "1.0",
        "user_id": user,
        "merchant_key": merchant,
        "preference": preference,
        "category": category,
        "created_at": "2026-05-01T12:00:00Z",
        **changes,
    }
    return hint_key(user, merchant), json.dumps(event).encode()


def pinned(table: HintTable, user: str, description: str) -> Pinned:
    return table.pin(decode([record(user=user, description=description)]))


def test_the_last_record_of_a_key_holds_and_null_takes_it_back() -> None:
    table = HintTable()
    table.apply(*said("u-1", "cafe luna", "always", TRAVEL), offset=0)
    table.apply(*said("u-1", "cafe luna", "never", DINING), offset=3)
    table.apply(*said("u-2", "cafe luna", "always", TRAVEL), offset=4)
    first = pinned(table, "u-1", "SQ *CAFE LUNA 0042")
    assert (first.position, len(table)) == (5, 2)
    (hinted,) = first.found.values()
    assert (hinted.preference, hinted.category) == (Preference.NEVER, DINING)
    table.apply(hint_key("u-1", "cafe luna"), None, offset=9)
    assert pinned(table, "u-1", "CAFE LUNA") == Pinned(10, {})
    assert len(pinned(table, "u-2", "CAFE LUNA").found) == 1
    assert pinned(table, "u-3", "CAFE LUNA").found == {}


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param((b"no separator", b"{}"), id="no key of a hint"),
        pytest.param((b"\xff\x1fcafe", b"{}"), id="a key that is no text"),
        pytest.param((None, b"{}"), id="no key"),
        pytest.param((hint_key("u-1", "cafe luna"), b"{"), id="no JSON"),
        pytest.param((hint_key("u-1", "cafe luna"), b""), id="nothing"),
        pytest.param((hint_key("u-1", "other"), said("u-1", "cafe luna", "always", TRAVEL)[1]), id="another's key"),
        pytest.param(said("u-1", "cafe luna", "sometimes", TRAVEL), id="no preference"),
        pytest.param(said("u-1", "cafe luna", "always", "Yachts"), id="no category"),
        pytest.param(said("u-1", "cafe luna", "always", TRAVEL, schema_version="2.0"), id="another major"),
        pytest.param(said("u-1", "cafe\0luna", "always", TRAVEL), id="U+0000"),
    ],
)
def test_what_is_no_hint_changes_nothing_and_is_passed(bad: tuple[bytes | None, bytes]) -> None:
    table = HintTable()
    table.apply(*said("u-1", "cafe luna", "always", DINING), offset=0)
    assert table.apply(*bad, offset=1) is not None
    assert len(table) == 1
    assert pinned(table, "u-1", "CAFE LUNA").position == 2


def transformed(table: HintTable | None, rule: Candidate | None) -> Scored:
    scoring = Scoring(PlainRules(rule), models=lambda _: PlainModel(), model_seconds=10)
    pin = no_hints if table is None else table.pin
    transform = Transform(scoring, worker_version="1", now=NOW.timestamp, pin=pin)
    (scored,) = asyncio.run(transform.run([record()], first_rollout(), topic_id="t")).scored
    return scored


def test_a_batch_is_served_its_hints_and_names_their_position() -> None:
    table = HintTable()
    table.apply(*said("u-1", "cafe luna", "always", TRAVEL), offset=7)
    scored = transformed(table, named(DINING, source=SuggestionSource.RULES))
    suggestion = scored.suggestion
    assert (suggestion.category, suggestion.source, suggestion.hints_position) == (TRAVEL, SuggestionSource.HINT, 8)
    assert [one.category for one in suggestion.candidates] == [TRAVEL, DINING]
    assert suggestion.explanations[0].text == f"your hint for this merchant: always {TRAVEL}"
    assert (scored.comparison.served_source, scored.comparison.control_category) == (SuggestionSource.HINT, DINING)


def test_a_category_that_is_never_wanted_is_no_candidate_and_the_hint_is_named() -> None:
    table = HintTable()
    table.apply(*said("u-1", "cafe luna", "never", DINING), offset=0)
    suggestion = (transformed(table, named(DINING, source=SuggestionSource.RULES))).suggestion
    assert (suggestion.category, suggestion.source, suggestion.candidates) == (None, SuggestionSource.NONE, ())
    assert [one.text for one in suggestion.explanations] == [f"your hint for this merchant: never {DINING}"]


def test_without_a_follower_an_event_names_no_position() -> None:
    assert transformed(None, None).suggestion.hints_position is None
    assert (transformed(HintTable(), None)).suggestion.hints_position == 0


def test_a_user_has_as_many_hints_as_merchants() -> None:
    table, merchants = HintTable(), ["cafe luna", "tesco", "boots"]
    for offset, merchant in enumerate([*merchants, *merchants]):
        table.apply(*said("u-1", merchant, "always", TRAVEL), offset=offset)
    assert len(table) == 3
    for offset, merchant in enumerate(merchants):
        assert pinned(table, "u-1", merchant).found
        table.apply(hint_key("u-1", merchant), None, offset=6 + offset)
        assert not pinned(table, "u-1", merchant).found
        assert len(table) == 2 - offset
    table.apply(hint_key("u-1", "tesco"), None, offset=9)
    assert len(table) == 0


def test_a_name_is_one_user_and_one_merchant() -> None:
    assert hint_name("a", "b").encode() == hint_key("a", "b")

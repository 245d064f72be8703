"""Logs: the page names every event that the programs log, with its levels and fields, and no other."""

import re

import pytest

from tests.conftest import ROOT
from tests.contracts.log_events import events

EVENTS = events(ROOT)  # read once: it parses every file of the code
PAGE = (ROOT / "docs" / "OBSERVABILITY.md").read_text()
ROW = re.compile(r"^\| `([a-z_]+)` \| ([a-z, ]+) \| (.*?) \| (.+) \|$", re.MULTILINE)
UNSAID = {"exc_info"}  # a traceback, which is a string of the line's own
PRIVATE = {"description", "amount", "value", "key", "password", "dsn", "merchant", "txn_id", "user_id", "account_id"}


def test_the_page_names_every_event_with_its_levels_and_fields() -> None:
    page = {
        name: (set(levels.split(", ")), set(re.findall(r"`([a-z_]+)`", fields)))
        for name, levels, fields, _ in ROW.findall(PAGE.partition("## Logs\n")[2])
    }
    assert page == {name: (event.levels, set(event.fields) - UNSAID) for name, event in EVENTS.items()}


def test_a_symptom_names_only_events_that_there_are() -> None:
    symptoms = PAGE.partition("## What to look at first when …\n")[2].partition("\n## ")[0]
    named = re.findall(r"events? ((?:`[a-z_]+`(?:, )?)+)", symptoms)
    assert {name for names in named for name in re.findall(r"`([a-z_]+)`", names)} <= set(EVENTS)
    assert len(named) == 3
    assert len(re.findall(r"^\| (?!symptom|---)", symptoms, re.MULTILINE)) == 10


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_no_event_has_a_field_that_could_hold_what_a_user_wrote(name: str) -> None:
    assert PRIVATE.isdisjoint(EVENTS[name].fields)

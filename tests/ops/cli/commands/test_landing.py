"""A landing reset says where a partition goes on, in words and as JSON, and what of it nobody will read."""

import json

import pytest

from ops.cli.commands.landing import print_moved
from ops.warehouse.landing_reset import LandingMoved
from streams.landing.gaps import LandingGap

GAP = LandingGap("transactions", 3, position=50, low=80, high=100)


@pytest.mark.parametrize(
    ("set_aside", "aside"), [pytest.param(0, "", id="none"), pytest.param(1_200, "; 1,200 rows set aside", id="some")]
)
def test_the_words_count_what_is_skipped(capsys: pytest.CaptureFixture[str], set_aside: int, aside: str) -> None:
    print_moved("transactions", 3, LandingMoved(GAP, 90, True, set_aside), as_json=False)
    said = capsys.readouterr()
    assert said.out == (
        "transactions partition 3 goes on at 90, it stood at 50: 40 offsets skipped, of which the broker had "
        f"removed 30{aside}\n"
    )
    assert said.err == ""


def test_the_document_says_the_same_and_that_it_was_not_written_down_goes_to_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_moved("transactions", 3, LandingMoved(GAP, 80, False, 0), as_json=True)
    said = capsys.readouterr()
    assert json.loads(said.out) == {
        "topic": "transactions",
        "partition": 3,
        "start": 50,
        "to": 80,
        "skipped": 30,
        "removed": 30,
        "set_aside": 0,
        "is_written_down": False,
    }
    assert said.err.startswith("not written down: ")

"""What a topic's settings mean for a record of a user, in words."""

import pytest

from ops.kafka.topic_retention import UNBOUNDED, kept_until, span
from schemas.contracts.topics import HINTS, TRANSACTIONS

DAY = 86_400_000
DELETED = {"cleanup.policy": "delete", "retention.ms": str(7 * DAY), "retention.bytes": "-1", "segment.ms": str(DAY)}
COMPACTED = {
    "cleanup.policy": "compact",
    "segment.ms": str(7 * DAY),
    "min.compaction.lag.ms": "0",
    "max.compaction.lag.ms": UNBOUNDED,
    "delete.retention.ms": str(DAY),
}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({}, "a record goes between 7 days and 8 days after it was written", id="retention"),
        pytest.param({"retention.bytes": "1000"}, "or before, by retention.bytes", id="bytes"),
        pytest.param({"retention.ms": "-1"}, "records are kept for ever", id="no retention"),
    ],
)
def test_retention_says_until_when_a_record_stays(changed: dict[str, str], words: str) -> None:
    found = kept_until(TRANSACTIONS, DELETED | changed)
    assert words in found.words
    assert found.settings == DELETED | changed


@pytest.mark.parametrize(
    ("lag", "words"), [(UNBOUNDED, "at a time that no setting bounds"), (str(3 * DAY), "within 3 days")]
)
def test_compaction_is_bounded_only_where_a_setting_bounds_it(lag: str, words: str) -> None:
    found = kept_until(HINTS, COMPACTED | {"max.compaction.lag.ms": lag, "max.message.bytes": "1"})
    assert words in found.words
    assert "tombstones go 1 day after" in found.words
    assert set(found.settings) == set(COMPACTED)


@pytest.mark.parametrize(
    ("milliseconds", "words"), [(DAY, "1 day"), (36 * 3_600_000, "36 hours"), (90_000, "90 seconds"), (0, "0 ms")]
)
def test_a_span_is_said_in_its_largest_whole_unit(milliseconds: int, words: str) -> None:
    assert span(milliseconds) == words

"""What stands beside a committed position: read back as written, and by versions that know only pauses."""

import pytest

from streams.dead_letters.limits import pause_metadata, pause_reason
from streams.kafka.position_note import note_of, topic_id_of, with_topic_id

TOPIC_ID = "Ag2qTs9LR-qEe_IxNH3Y1A"


@pytest.mark.parametrize("note", [None, pause_metadata("2,000 dead letters in a row"), "paused: topic-id=of nothing"])
def test_a_note_and_the_topics_id_are_read_back(note: str | None) -> None:
    metadata = with_topic_id(note, TOPIC_ID)
    assert topic_id_of(metadata) == TOPIC_ID
    assert note_of(metadata) == (note or "")


def test_a_pause_is_read_with_a_topics_id_and_without_one() -> None:
    for metadata in (pause_metadata("why"), with_topic_id(pause_metadata("why"), TOPIC_ID)):
        assert pause_reason(metadata) == "why"
        assert metadata.startswith("paused: why")  # as versions read it that know no topic id
    assert pause_reason(with_topic_id(None, TOPIC_ID)) is None


@pytest.mark.parametrize("metadata", [None, "", "paused: why", "set by hand"])
def test_a_position_that_names_no_topic_says_so(metadata: str | None) -> None:
    assert topic_id_of(metadata) is None
    assert note_of(metadata) == (metadata or "")

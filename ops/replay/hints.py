"""Hints: what the worker knew of user-hints at a position, rebuilt from what has landed."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

import psycopg
from psycopg.rows import TupleRow

from ops.replay.plan import ReplayError
from ops.replay.window import Past
from schemas.contracts.topics import HINTS
from schemas.events.hint import HINTED, HintedCategory, Preference, hint_name
from schemas.taxonomy import Category

# Offsets begin anew where the topic was made again: of each topic, since when, and how far it has landed.
TOPICS: Final = """
select hints.source_topic_id, min(hints.recorded_at),
    greatest(max(hints.source_offset) + 1, (
        select max(next) from raw.landing_positions
        where topic = %(topic)s and partition = 0 and topic_id = hints.source_topic_id
    ))
from raw.user_hints as hints
where hints.source_partition = 0 and hints.source_topic_id !~ '@' and hints.recorded_at is not null
group by hints.source_topic_id
order by 2 desc
"""
# The last record of each key before the position; one without a preference takes the hint back.
STANDING: Final = """
select distinct on (user_id, merchant_key) user_id, merchant_key, preference, category
from raw.user_hints
where source_topic_id = %(topic_id)s and source_partition = 0 and source_offset < %(position)s
    and user_id = any(%(users)s)
order by user_id, merchant_key, source_offset desc
"""


_KNOWN: Final = frozenset(Category)


class HintTopic(NamedTuple):
    """One topic that had the name: when its first hint was written, and the offset before which all has landed."""

    topic_id: str
    since: datetime
    landed: int


class LandedHints:
    """Answers for records of one position at a time; raises psycopg.Error."""

    def __init__(self, connection: psycopg.Connection[TupleRow]) -> None:
        self._connection = connection
        self._topics = [HintTopic(*row) for row in connection.execute(TOPICS, {"topic": HINTS.default_name})]

    def at(self, position: int | None, pasts: Iterable[Past]) -> Mapping[str, HintedCategory]:
        """Return the hints of these records' users as of ``position``, by ``hint_name``.

        Raises ReplayError where not all of them have landed.
        """
        if not position:  # no hint was applied
            return {}
        known = list(pasts)
        topic = self._topic_at(max(past.suggestion.suggested_at for past in known))
        if topic is None or topic.landed < position:
            raise ReplayError(
                f"hints before offset {position} of {HINTS.name} were applied, and the warehouse has them before "
                f"{0 if topic is None else topic.landed}; run: ledgermind landing"
            )
        users = sorted({past.suggestion.user_id for past in known})
        asked = {"topic_id": topic.topic_id, "position": position, "users": users}
        return {
            hint_name(user_id, merchant_key): HINTED[Preference(preference), Category(category)]
            for user_id, merchant_key, preference, category in self._connection.execute(STANDING, asked)
            if preference is not None and category in _KNOWN  # a worker ignores what its taxonomy has not
        }

    def _topic_at(self, moment: datetime) -> HintTopic | None:
        """The topic whose first hint was written last before the moment; clocks may differ, so else the first one."""
        written = [topic for topic in self._topics if topic.since <= moment]
        return next(iter(written or self._topics[-1:]), None)

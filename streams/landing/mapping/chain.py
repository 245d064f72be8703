"""Chain: what each record of rollout-state is to the chain, by the same fold that workers follow."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from schemas.contracts.topics import ROLLOUT_STATE
from schemas.events.rollout_history import RolloutHistory
from streams.landing.mapping.copy_format import Landed


def with_links(records: Sequence[Landed], read: Callable[[], RolloutHistory]) -> list[Landed]:
    """Return the records, those of rollout-state with what they are; ``read`` folds the topic as it stands now.

    Records of that topic are rare and few, so the whole of it is folded for each batch that holds one. What ``read``
    raises is raised.
    """
    if all(record.topic != ROLLOUT_STATE.name for record in records):
        return list(records)
    history = read()
    return [
        replace(record, link=history.at(record.offset)) if record.topic == ROLLOUT_STATE.name else record
        for record in records
    ]

"""Order: transactions and the labels given to them, in the order in which the world would see them."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import heappop, heappush

from ops.simulation.simulate import Simulated
from schemas.events.feedback import Feedback
from schemas.events.transaction import Transaction


def in_order_of_time(
    simulated: Iterable[Simulated], *, until: datetime | None = None
) -> Iterator[Transaction | Feedback]:
    """Yield each transaction when it occurs and each label when it is given.

    Labels given after the last transaction are left out, or come at the end up to ``until`` (exclusive).
    """
    waiting: list[tuple[datetime, str, Feedback]] = []
    for one in simulated:
        now = one.transaction.occurred_at
        while waiting and waiting[0][0] <= now:
            yield heappop(waiting)[2]
        yield one.transaction
        for label in one.labels:
            heappush(waiting, (label.given_at, label.feedback_id, label))
    while until is not None and waiting and waiting[0][0] < until:
        yield heappop(waiting)[2]

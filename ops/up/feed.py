"""Feed: simulated transactions and their late labels onto the topics at a rate, until it is stopped."""

import streams.start  # noqa: F401 - before what it guards

# isort: split
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from ops.errors import OpsError
from ops.kafka.publish import OutgoingRecord, outgoing_feedback, outgoing_transaction, publish
from ops.simulation.order import in_order_of_time
from ops.simulation.simulate import simulate
from schemas.contracts.topics import FEEDBACK, TRANSACTIONS
from schemas.crosswalks.crosswalk import brands
from schemas.events.feedback import Feedback
from streams.errors import StreamError
from streams.settings import KafkaSettings, read

USERS: Final = 200
DAYS: Final = 60  # of a history; the next one has other people


def histories(first_seed: int, *, now: datetime) -> Iterator[OutgoingRecord]:
    """Yield one history after another, each of the last ``DAYS`` days before ``now``; a seed is never used twice."""
    known = brands()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    seed = first_seed
    while True:
        people = simulate(seed, users=USERS, start=today - timedelta(days=DAYS), end=today, brands=known)
        for event in in_order_of_time(people):
            yield outgoing_feedback(event) if isinstance(event, Feedback) else outgoing_transaction(event)
        seed += 1


def main() -> None:
    """Publish at the rate that the first argument gives."""
    now = time.time()
    try:
        events = histories(int(now), now=datetime.fromtimestamp(now, UTC))
        publish(events, kafka=read(KafkaSettings), topics=(TRANSACTIONS, FEEDBACK), rate=float(sys.argv[1]))
    except (OpsError, StreamError) as error:
        sys.stderr.write(f"simulation: {error}\n")
        sys.exit(getattr(error, "exit_code", 1))


if __name__ == "__main__":
    main()

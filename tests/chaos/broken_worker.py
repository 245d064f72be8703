"""A worker that is broken on purpose, in the way its argument names; the chaos suite must notice each of them."""

import itertools
import os
import signal
import sys
from collections.abc import Callable, Mapping

from confluent_kafka import Consumer, Producer, TopicPartition

from schemas.contracts.topics import COMPARISONS, SUGGESTIONS, TRANSACTIONS
from streams.consume.offset_ledger import Ledger, Span
from streams.process.outgoing import Outgoing
from streams.produce import sink
from streams.settings import KafkaSettings, WorkerSettings
from streams.worker import __main__ as worker

FREEZES = 2  # of the worker that says no generation: it stops itself with each of its first batches written


def no_ledger_check() -> None:
    """Commit whatever comes, also what was polled before an abort."""
    Ledger.accepts = lambda self, span: True  # type: ignore[method-assign]
    Ledger.abort = _abort_without_new_epoch  # type: ignore[method-assign]


def _abort_without_new_epoch(self: Ledger, span: Span) -> None:
    self._reset_wanted = True


def offsets_outside_the_transaction() -> None:
    """Move the input position in a transaction of its own, before the events are written."""
    honest = sink.Sink.commit

    def commit(
        self: sink.Sink, span: Span, outgoing: Outgoing, group: object, *, metadata: Mapping[int, str] | None = None
    ) -> sink.CommitResult:
        if self._ledger.accepts(span):
            positions = [TopicPartition(TRANSACTIONS.name, *at) for at in span.end.items()]
            self._producer.begin_transaction()
            self._producer.send_offsets_to_transaction(positions, group)
            self._producer.commit_transaction()
        return honest(self, span, outgoing, group, metadata=metadata)

    sink.Sink.commit = commit  # type: ignore[method-assign]


def produce_without_a_transaction() -> None:
    """Write the events with a plain producer beside the transaction."""
    honest = sink.Sink._produce
    plain: list[Producer] = []

    def produce(self: sink.Sink, outgoing: Outgoing) -> None:
        if not plain:
            servers = KafkaSettings().bootstrap_servers
            plain.append(Producer({"bootstrap.servers": servers, "partitioner": "murmur2_random"}))
        for event in outgoing.events:
            plain[0].produce(SUGGESTIONS.name, event.suggestion, event.key, timestamp=event.timestamp_ms)
            plain[0].produce(COMPARISONS.name, event.comparison, event.key, timestamp=event.timestamp_ms)
        plain[0].flush()
        honest(self, Outgoing([], outgoing.dead_letters))

    sink.Sink._produce = produce  # type: ignore[method-assign]


def metadata_of_no_generation() -> None:
    """Commit positions without saying in which generation of the group they were read.

    Metadata of a stale generation the broker refuses by itself; without one it cannot know.
    The worker stops itself with a batch in its hands, so that the generation ends before it commits.
    """
    honest, produce = sink.Sink.commit, sink.Sink._produce
    batches = itertools.count()
    stray = Consumer({"bootstrap.servers": KafkaSettings().bootstrap_servers, "group.id": WorkerSettings().group})

    def commit(
        self: sink.Sink, span: Span, outgoing: Outgoing, group: object, *, metadata: Mapping[int, str] | None = None
    ) -> sink.CommitResult:
        return honest(self, span, outgoing, stray.consumer_group_metadata(), metadata=metadata)

    def produce_and_freeze(self: sink.Sink, outgoing: Outgoing) -> None:
        produce(self, outgoing)
        if next(batches) < FREEZES:
            os.kill(os.getpid(), signal.SIGSTOP)

    sink.Sink.commit = commit  # type: ignore[method-assign]
    sink.Sink._produce = produce_and_freeze  # type: ignore[method-assign]


def metadata_of_a_stale_generation() -> None:
    """Commit positions with the metadata of the first batch, whatever became of the group since."""
    honest = sink.Sink.commit
    first: list[object] = []

    def commit(
        self: sink.Sink, span: Span, outgoing: Outgoing, group: object, *, metadata: Mapping[int, str] | None = None
    ) -> sink.CommitResult:
        first.append(group)
        return honest(self, span, outgoing, first[0], metadata=metadata)

    sink.Sink.commit = commit  # type: ignore[method-assign]


BREAKS: dict[str, Callable[[], None]] = {
    "no_ledger_check": no_ledger_check,
    "offsets_outside_the_transaction": offsets_outside_the_transaction,
    "produce_without_a_transaction": produce_without_a_transaction,
    "metadata_of_no_generation": metadata_of_no_generation,
    "metadata_of_a_stale_generation": metadata_of_a_stale_generation,
}

if __name__ == "__main__":
    BREAKS[sys.argv.pop()]()
    worker.main()

"""Transform: one batch from polled bytes to outgoing bytes, with a failing record put aside and the others kept."""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import structlog
from msgspec import Struct

from schemas.events.dead_letter import DeadLetterReason, RecordError
from schemas.events.rollout import RolloutRecord
from schemas.events.suggestion import Suggestion
from schemas.events.trace_context import trace_headers
from streams.process.batch_types import Context, Decoded, Record, Refused, Scored, SkippedRecord
from streams.process.codec import DecodeRecord, decode_transaction, encode_event
from streams.process.dead_letter import dead_letter
from streams.process.hints import Pin, Pinned, no_hints
from streams.process.outgoing import Outgoing, OutgoingEvents
from streams.process.pipeline import assign, conclude, decode
from streams.process.scoring import Scoring

log = structlog.get_logger(__name__)


class Transformed(Struct, frozen=True):
    """What a batch writes, and what is counted once it is committed."""

    outgoing: Outgoing
    scored: list[Scored]
    refused: list[Refused]
    skipped: Sequence[SkippedRecord] = ()


class Transform:
    """Holds what is the same for all batches; ``now`` gives epoch seconds, ``pin`` the hints that a batch knows.

    ``read`` makes a transaction of a record, ``write`` the bytes of a suggestion.
    """

    def __init__(
        self,
        scoring: Scoring,
        *,
        worker_version: str,
        now: Callable[[], float],
        pin: Pin = no_hints,
        read: DecodeRecord = decode_transaction,
        write: Callable[[Suggestion], bytes] = encode_event,
    ) -> None:
        self._scoring = scoring
        self._read_record = read
        self._write = write
        self._pin = pin
        self._worker_version = worker_version
        self._now = now
        self._thread = ThreadPoolExecutor(1, "codec")

    async def run(self, records: Sequence[Record], rollout: RolloutRecord, *, topic_id: str) -> Transformed:
        """Transform a batch under one rollout record, from start to end; ``topic_id`` begins its events' ids."""
        loop = asyncio.get_running_loop()
        decoded, pinned = await loop.run_in_executor(self._thread, self._read, records)
        scored, failed = await self._score(decoded, pinned, rollout, topic_id)
        refused = [*decoded.refused, *failed]
        outgoing = await loop.run_in_executor(self._thread, self._encode, scored, refused, topic_id)
        return Transformed(outgoing, scored, refused, decoded.skipped)

    def _read(self, records: Sequence[Record]) -> tuple[Decoded, Pinned]:
        decoded = decode(records, self._read_record)
        return decoded, self._pin(decoded)

    async def _score(
        self, decoded: Decoded, pinned: Pinned, rollout: RolloutRecord, topic_id: str
    ) -> tuple[list[Scored], list[Refused]]:
        """Score a batch; where it fails, halve it until the guilty record stands alone (at most 2 n calls)."""
        if not decoded.records:
            return [], []
        try:
            return await self._score_whole(decoded, pinned, rollout, topic_id), []
        except TimeoutError:
            raise  # the machine stood still; no record is to blame
        except Exception as error:
            if len(decoded.records) == 1:
                kind = type(error).__name__
                log.error("scoring_failed", error=kind, offset=decoded.records[0].offset)
                fault = RecordError(DeadLetterReason.SCORING_FAILED, f"{kind} while scoring")
                return [], [Refused(decoded.records[0], fault)]
        middle = len(decoded.records) // 2
        first, first_failed = await self._score(_part(decoded, slice(None, middle)), pinned, rollout, topic_id)
        second, second_failed = await self._score(_part(decoded, slice(middle, None)), pinned, rollout, topic_id)
        return first + second, first_failed + second_failed

    async def _score_whole(
        self, decoded: Decoded, pinned: Pinned, rollout: RolloutRecord, topic_id: str
    ) -> list[Scored]:
        started_at = time.perf_counter()
        assigned = assign(decoded.transactions, rollout)
        answers = await self._scoring.answer(decoded, assigned, rollout)
        context = Context(
            topic_id=topic_id,
            rules_version=self._scoring.rules_version,
            rollout=rollout,
            scored_in_us=int((time.perf_counter() - started_at) * 1e6),
            now=datetime.fromtimestamp(self._now(), UTC),
            hints_position=pinned.position,
        )
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, conclude, decoded, assigned, answers, context, pinned.found)

    def _encode(self, scored: Sequence[Scored], refused: Sequence[Refused], topic_id: str) -> Outgoing:
        events = [
            OutgoingEvents(
                item.suggestion.user_id.encode(),  # a mapped record may have another key
                item.record.timestamp_ms,
                self._write(item.suggestion),
                encode_event(item.comparison),
                trace_headers(item.record.headers) if item.record.headers else (),
            )
            for item in scored
        ]
        letters = [dead_letter(item, topic_id=topic_id, worker_version=self._worker_version) for item in refused]
        return Outgoing(events, letters)


def _part(decoded: Decoded, rows: slice) -> Decoded:
    return Decoded(decoded.records[rows], decoded.transactions[rows], decoded.descriptors[rows], [])

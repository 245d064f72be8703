"""Health: what a worker still lacks before it is ready, and what is wrong where it is stuck."""

from streams.consume.in_flight import InFlight
from streams.consume.source import Source
from streams.worker.processor import Processor


def missing_conditions(source: Source | None, *, has_producer: bool, has_rollout: bool, has_hints: bool) -> list[str]:
    """Return what is still missing before a worker can be said to work; empty when it is ready."""
    assignment = None if source is None else source.assignment
    conditions = {
        "producer initialised": has_producer,
        "rollout record in force": has_rollout,
        "hints read": has_hints,
        "partitions assigned": assignment is not None and assignment.assigned.is_set(),
        "no partition paused": assignment is None or not assignment.is_paused,
        "no partition with a gap": assignment is None or not assignment.has_gap,
        "answers read": assignment is None or not assignment.is_looking,
    }
    return [condition for condition, holds in conditions.items() if not holds]


def stuck_symptom(
    source: Source | None, processor: Processor | None, in_flight: InFlight, *, now: float, stuck_seconds: float
) -> str | None:
    """Return what the watchdog must know: a hanging commit, records that stay unfinished, a silent poll loop."""
    # A commit that hangs is told also while the partitions are gone and nobody waits for the records.
    committing = None if processor is None else processor.committing_since
    if committing is not None and now - committing > stuck_seconds:
        return f"a commit hung for {stuck_seconds:.0f} s"
    if source is None:
        return None
    since = in_flight.unfinished_since
    if since is not None and now - since > stuck_seconds:
        return f"polled records were unfinished for {stuck_seconds:.0f} s"
    if now - source.turned_at > stuck_seconds:
        return f"the poll loop was silent for {stuck_seconds:.0f} s"
    return None

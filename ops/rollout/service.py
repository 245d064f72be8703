"""Service: a judge that looks for as long as it runs; whoever is away makes its verdict inconclusive, never its end."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from ops.errors import OpsError
from ops.monitoring.metrics_page import metrics_page
from ops.rollout import metrics
from ops.rollout.evaluate import Look, Looker
from schemas.events.rollout import RolloutRecord
from scorer.errors import ScorerError
from streams.errors import StreamError

log = structlog.get_logger(__name__)

Seen = Callable[[Look, datetime], RolloutRecord | None]


def serve(looker: Looker, *, seen: Seen, every_seconds: float, host: str, port: int, stop: threading.Event) -> None:
    """Look until told to stop, and answer /metrics; ``seen`` is told of each look and may move the rollout.

    Raises OpsError where nobody can listen.
    """
    with metrics_page(metrics.JUDGE, host=host, port=port):
        while not stop.is_set():
            look_once(looker, seen=seen)
            stop.wait(every_seconds)


def look_once(looker: Looker, *, seen: Seen) -> Look:
    """Look, export and log it; what cannot be read or written is said, and tried again at the next look."""
    now = datetime.fromtimestamp(time.time(), UTC)
    try:
        look = looker.look(now)
    except (OpsError, StreamError) as error:
        look = looker.blind(str(error))
    metrics.show(look)
    written = None
    try:
        written = seen(look, now)
    except (OpsError, StreamError, ScorerError) as error:
        log.warning("rollout_not_moved", why=str(error))
    log.info(
        "rollout_judged",
        verdict=look.judgement.verdict.value,
        rollout_version=None if look.record is None else look.record.version,
        percent=look.standing.percent,
        reasons=look.judgement.reasons,
        written=None if written is None else written.version,
    )
    return look

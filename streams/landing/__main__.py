"""Landing: the program that brings every topic into its raw table, exactly once, whatever dies in between."""

import streams.start  # noqa: F401 - before what it guards

# isort: split
import signal
import sys
import threading
from typing import Final

import structlog
from confluent_kafka import Consumer, KafkaException

from streams.errors import BrokerUnreachable, StreamError
from streams.format_settings import PLAIN, RecordFormats, read_formats
from streams.kafka.membership import may_be_static
from streams.landing import metrics
from streams.landing.consumer import landing_consumer
from streams.landing.landed_counts import LandedCounts
from streams.landing.loop import Landing
from streams.landing.settings import LandingSettings
from streams.log import configure
from streams.rollout.follower import read_history
from streams.settings import KafkaSettings, LogSettings, read

UNFORESEEN: Final = 70

log = structlog.get_logger(__name__)


def run_landing(kafka: KafkaSettings, settings: LandingSettings, formats: RecordFormats = PLAIN) -> None:
    """Land until SIGTERM, SIGHUP or ctrl-C; raises StreamError where going on would lose or double records."""
    metrics.serve(settings.host, settings.port)
    formats.check()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    consumer = Consumer(landing_consumer(kafka, settings, embedded=not may_be_static(kafka)))
    Landing(
        consumer,
        kafka,
        settings,
        history=lambda: read_history(kafka),
        landed=_report,
        decode=formats.decode,
        to_json=formats.to_json,
    ).run(stop)


def _report(counts: LandedCounts) -> None:
    for table, rows in counts.rows.items():
        metrics.ROWS.labels(table).inc(rows)
    for (table, reason), rejects in counts.rejects.items():
        metrics.REJECTS.labels(table, reason).inc(rejects)
    for skip, count in counts.skips.items():
        metrics.MAPPING_SKIPS.labels(skip).inc(count)
    log.info("landed", rows=counts.rows.total(), rejects=counts.rejects.total())


def main() -> int:
    """Land with the environment's settings; returns the exit code."""
    try:
        configure(program="landing", worker="", level=read(LogSettings).level)
        run_landing(read(KafkaSettings), read(LandingSettings), read_formats())
    except StreamError as error:
        sys.stderr.write(f"ledgermind landing: {error}\n")
        return error.exit_code
    except KafkaException as error:
        sys.stderr.write(f"ledgermind landing: the broker cannot be worked with: {error.args[0].name()}\n")
        return BrokerUnreachable.exit_code
    except Exception as error:
        log.exception("landing_failed")
        sys.stderr.write(f"ledgermind landing: {type(error).__name__}: the log has where; please report it\n")
        return UNFORESEEN
    return 0


if __name__ == "__main__":
    sys.exit(main())

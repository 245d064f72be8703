"""Open processor: puts what scores and commits a worker's batches together, by the worker's settings."""

import time

from streams.consume.in_flight import InFlight
from streams.consume.offset_ledger import Ledger
from streams.dead_letters.limits import DeadLetterLimits
from streams.format_settings import RecordFormats
from streams.hints.follower import HintFollower
from streams.kafka.topic_watch import TopicWatch
from streams.process.scoring import Scoring
from streams.process.transform import Transform
from streams.produce.model_monitor import Outlook
from streams.produce.sink import open_sink
from streams.rollout.active_releases import Reload
from streams.rollout.acts import Acts
from streams.settings import KafkaSettings, WorkerSettings
from streams.version import WORKER_VERSION
from streams.worker.committer import Commits
from streams.worker.processor import Processor


def open_processor(
    kafka: KafkaSettings,
    worker: WorkerSettings,
    *,
    scoring: Scoring,
    hints: HintFollower,
    formats: RecordFormats,
    ledger: Ledger,
    watch: TopicWatch,
    limits: DeadLetterLimits,
    in_flight: InFlight,
    reload: Reload,
) -> Processor:
    """Return the processor of a worker whose producer is initialised: older selves of the worker are fenced."""
    read = formats.decode
    transform = Transform(
        scoring,
        worker_version=WORKER_VERSION,
        now=time.time,
        pin=hints.pin,
        read=read,
        write=formats.open_writer(),
    )
    sink = open_sink(kafka, worker, ledger=ledger)
    sink.init_transactions()
    commits = Commits(
        sink,
        ledger=ledger,
        watch=watch,
        limits=limits,
        in_flight=in_flight,
        outlook=Outlook(reload.get, read=read),
        worker_version=WORKER_VERSION,
        acts=Acts(kafka, worker=worker.name),
        transaction_records=worker.transaction_records,
    )
    return Processor(transform, commits, rollout=lambda: reload.in_force)

"""Faust app: the Faust application, its channel, agent, service and web views; Faust's own Kafka client stays off."""

import logging
import socket
from pathlib import Path
from typing import Final

import faust
from faust.app.base import BootStrategy
from faust.types import StreamT
from faust.types.web import Request, Response
from faust.web import View

from rules.load import load_rules
from streams import metrics
from streams.consume.batch import Batch
from streams.consume.in_flight import MAX_IN_FLIGHT
from streams.errors import SettingsError
from streams.format_settings import PLAIN, RecordFormats
from streams.rollout.release_model import Releases
from streams.settings import KafkaSettings, SuggestSettings, WorkerSettings
from streams.worker.exit import leave
from streams.worker.handover import Handover
from streams.worker.lifecycle import Lifecycle

STATE_DIRECTORY: Final = Path(".ledgermind") / "faust"


class WireElsewhere(BootStrategy):
    """Starts agents, services and the web server; librdkafka carries the bytes (docs/adr/0001)."""

    enable_kafka = False


class PlainWorker(faust.Worker):
    """Faust's worker without its spinner, which would hide the cursor and leave control characters in every log."""

    def _setup_spinner_handler(self, logger: logging.Logger, level: int) -> None:
        self.spinner = None


class LedgerMindApp(faust.App):
    """A Faust app without Faust's Kafka client."""

    BootStrategy = WireElsewhere

    async def on_first_start(self) -> None:
        """Look at the web port before anything is started; Faust would say it in a traceback."""
        try:
            require_free_port(self.conf.web_bind, self.conf.web_port)
        except SettingsError as error:
            leave(error)
        await super().on_first_start()


def create_app(
    *,
    kafka: KafkaSettings,
    worker: WorkerSettings,
    suggest: SuggestSettings,
    releases: Releases,
    formats: RecordFormats = PLAIN,
) -> LedgerMindApp:
    """Return the app that ``streams.worker`` runs; nothing is connected before it starts."""
    directory = STATE_DIRECTORY / worker.name
    directory.mkdir(parents=True, exist_ok=True)  # Faust asks for one, though nothing is kept in it
    app = LedgerMindApp(
        "ledgermind",
        broker="kafka://faust-does-not-connect",
        store="memory://",
        autodiscover=False,
        datadir=directory,
        web_bind=worker.host,
        web_host=worker.host,
        web_port=worker.port,
        web_router_enabled=False,
        web_tables_enabled=False,
        web_graph_enabled=False,
        web_stats_enabled=False,
        stream_wait_empty=False,
        worker_redirect_stdouts=False,
        Worker=PlainWorker,
    )
    transactions = app.channel(maxsize=MAX_IN_FLIGHT)

    async def send(batch: Batch) -> None:
        await transactions.send(value=batch)

    handover = Handover(send)
    lifecycle = Lifecycle(
        kafka=kafka,
        worker=worker,
        suggest=suggest,
        rules=load_rules(worker.rules_file),
        releases=releases,
        deliver=handover.put,
        formats=formats,
    )

    metrics.READY.set_function(lambda: float(not lifecycle.unready()))

    @app.agent(transactions)
    async def score_transactions(batches: StreamT[Batch]) -> None:
        """Score and commit one batch after the other."""
        async for batch in batches:
            await lifecycle.processor.process(batch)

    @app.service
    class Worker(faust.Service):
        """Binds the worker's life to the app's."""

        async def on_start(self) -> None:
            app.flow_control.resume()  # the conductor, which is off, would have done so
            handover.open()
            await lifecycle.start()

        async def on_stop(self) -> None:
            await lifecycle.stop()

    @app.page("/metrics")
    async def metrics_view(view: View, request: Request) -> Response:
        """Every metric in Prometheus' text format."""
        return view.bytes(metrics.exposition(), content_type="text/plain")

    @app.page("/live")
    async def live_view(view: View, request: Request) -> Response:
        """The watchdog's word: while this answers, records move."""
        symptom = lifecycle.symptom()
        return view.json({"live": symptom is None, "symptom": symptom}, status=200 if symptom is None else 503)

    @app.page("/ready")
    async def ready_view(view: View, request: Request) -> Response:
        """Whether everything that scoring needs is there, what is missing, and which partitions nobody reads."""
        missing = lifecycle.unready()
        page = {"ready": not missing, "missing": missing, "unread_partitions": lifecycle.unread.partitions}
        return view.json(page, status=503 if missing else 200)

    return app


def require_free_port(host: str, port: int) -> None:
    """Raise SettingsError where nobody can listen at the address, such as when another worker does."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise SettingsError(
                f"cannot listen at {host}:{port} ({(error.strerror or str(error)).lower()}); "
                "end what does, or give this worker another LEDGERMIND_WORKER_PORT"
            ) from error

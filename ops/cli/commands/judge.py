"""``ledgermind rollout judge``: holds the rollout against its policy, and moves it where it is told to."""

import os
import signal
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from ops.cli.options import Dsn
from ops.errors import OpsError
from ops.local.ports import LOOPBACK
from ops.rollout.apply import move
from ops.rollout.decision_log import write_entry
from ops.rollout.evaluate import Look, Looker
from ops.rollout.patience import LOOK_SECONDS, Patience
from ops.rollout.policies import load_policy
from ops.rollout.report import Screen, draw, lines
from ops.rollout.service import Seen, serve
from ops.rollout.sources.criteria import criteria_at
from ops.rollout.sources.windows import FromPrometheus, FromWorkers, MetricsSource
from ops.rollout.sources.workers import Workers
from schemas.contracts.topics import ROLLOUT_STATE
from schemas.events.rollout import RolloutRecord
from schemas.events.rollout_history import RolloutHistory
from scorer.release.registry import Registry
from scorer.rollout.policy import Policy
from streams.kafka.topic_check import check_topics
from streams.log import configure
from streams.rollout.follower import READ_SECONDS, read_history
from streams.settings import KafkaSettings, LogSettings, RegistrySettings, read

NEAREST_WORKER: Final = "http://127.0.0.1:6066"
WorkerOption = Annotated[
    list[str] | None, typer.Option(help="Address of each worker; else the first one on this machine.")
]
PrometheusOption = Annotated[
    str | None, typer.Option(help="Address of a Prometheus that scrapes the workers, to read instead of them.")
]
FreshnessOption = Annotated[
    str | None, typer.Option(help="Address of the warehouse exporter; not needed with Prometheus.")
]
TimeoutOption = Annotated[
    float,
    typer.Option(
        min=1, help="Seconds that an evaluation may wait for Kafka, workers and Postgres, besides its window."
    ),
]
TIMEOUT_SECONDS: Final = LOOK_SECONDS
PolicyOption = Annotated[str, typer.Option(help="Policy: default, literal, fast, or a file.")]


def judge_command(
    worker: WorkerOption = None,
    prometheus: PrometheusOption = None,
    freshness: FreshnessOption = None,
    policy: PolicyOption = "default",
    looks: Annotated[
        int, typer.Option(min=1, help="Number of evaluations; a rollback needs consecutive failures.")
    ] = 1,
    window: Annotated[
        float | None, typer.Option(min=0.1, help="Seconds of the short window; else the policy's.")
    ] = None,
    service: Annotated[bool, typer.Option("--service", help="Evaluate until stopped, and serve /metrics.")] = False,
    host: Annotated[str, typer.Option(help="Address where the service serves /metrics.")] = LOOPBACK,
    port: Annotated[int, typer.Option(min=1, max=65_535)] = 6080,
    journal: Annotated[Path | None, typer.Option(help="File to which every verdict is appended.")] = None,
    timeout: TimeoutOption = TIMEOUT_SECONDS,
    apply: Annotated[bool, typer.Option("--apply", help="Write the rollout record that the verdict asks for.")] = False,
    dsn: Dsn = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Evaluate the rollout and print PROMOTE, HOLD, ROLLBACK or INCONCLUSIVE with every reason.

    Users, labels and feedback come from the warehouse if LEDGERMIND_POSTGRES_DSN names one. What was not measured
    makes the verdict inconclusive, and a source that did not answer within --timeout is named.

    Example: ledgermind rollout judge --worker http://127.0.0.1:6066 --policy fast

    Exit codes: 0 evaluated, whatever the verdict, 2 an option is wrong, 8 a rollout record cannot be read.
    """
    rules = with_window(load_policy(policy), window)
    patience = Patience(timeout)
    source = source_of(rules, patience, worker=worker, prometheus=prometheus, freshness=freshness, wait=not service)
    looker = looker_of(rules, patience, source=source, prometheus=prometheus, dsn=dsn)

    def seen(look: Look, now: datetime) -> RolloutRecord | None:
        try:  # a journal that cannot be written keeps no canary where it is
            return _move(rules, look, now) if apply else None
        finally:
            if journal is not None:
                write_entry(journal, rules, look, now=now)

    if service:
        _serve(looker, seen, every_seconds=rules.look_every_seconds, host=host, port=port)
        return
    for number in range(looks):
        now = utc_now()
        look = looker.look(now)
        written = seen(look, utc_now())
        if look.judgement.percent is not None or number + 1 == looks:
            show(draw(rules, look, now=now, written=None if written is None else written.version), as_json=as_json)
            return
        time.sleep(rules.look_every_seconds)


def with_window(policy: Policy, window: float | None) -> Policy:
    """Return the policy with another short window; the window of rates is never shorter."""
    if window is None:
        return policy
    rates = max(window, policy.rates_window_seconds)
    return msgspec.structs.replace(policy, window_seconds=window, rates_window_seconds=rates)


def source_of(
    policy: Policy,
    patience: Patience,
    *,
    worker: list[str] | None,
    prometheus: str | None,
    freshness: str | None,
    wait: bool,
) -> MetricsSource:
    """Return where counts come from; raises OpsError where two places were named."""
    if worker and prometheus:
        raise OpsError("say where the numbers come from: --worker, or --prometheus")
    if prometheus:
        return FromPrometheus(prometheus, patience=patience)
    workers = Workers(worker or [NEAREST_WORKER], keep_seconds=policy.rates_window_seconds, patience=patience)
    pause = time.sleep if wait else None
    return FromWorkers(workers, patience=patience, exporter=freshness, clock=time.monotonic, wait=pause)


def looker_of(
    policy: Policy, patience: Patience, *, source: MetricsSource | None, prometheus: str | None, dsn: str | None
) -> Looker:
    """Return who looks, with everything else from the environment."""
    registry = Registry(read(RegistrySettings).registry)
    address = dsn or os.environ.get("LEDGERMIND_POSTGRES_DSN") or None
    asker = None
    if address is not None:
        from ops.rollout.evidence.warehouse import warehouse_at  # noqa: PLC0415 - most looks have no Postgres to ask

        asker = warehouse_at(address, policy, patience)
    return Looker(
        policy,
        history=lambda: read_records(patience),
        source=source,
        asker=asker,
        criteria=criteria_at(policy, patience, prometheus=prometheus, dsn=address),
        expected_fallback=lambda version: registry.load(version).expected_fallback,
        patience=patience,
    )


def read_records(patience: Patience | None = None) -> list[RolloutRecord]:
    """Read what was served under every record; a broker that is not there, or a topic, is found out within seconds."""
    return read_rollout(patience).records


def read_rollout(patience: Patience | None = None) -> RolloutHistory:
    """Read the whole topic, as above."""
    kafka = read(KafkaSettings)
    check_topics(kafka, [ROLLOUT_STATE])
    seconds = READ_SECONDS if patience is None else patience.left(ROLLOUT_STATE.name, most=READ_SECONDS)
    return read_history(kafka, seconds=seconds)


def show(screen: Screen, *, as_json: bool) -> None:
    """Print a look."""
    typer.echo(msgspec.json.encode(screen).decode() if as_json else "\n".join(lines(screen)))


def utc_now() -> datetime:
    """Return the time, in UTC."""
    return datetime.fromtimestamp(time.time(), UTC)


def _move(policy: Policy, look: Look, now: datetime) -> RolloutRecord | None:
    return move(policy, look, kafka=read(KafkaSettings), registry=Registry(read(RegistrySettings).registry), now=now)


def _serve(looker: Looker, seen: Seen, *, every_seconds: float, host: str, port: int) -> None:
    configure(program="judge", worker="", level=read(LogSettings).level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    serve(looker, seen=seen, every_seconds=every_seconds, host=host, port=port, stop=stop)

"""Supervisor metrics: what a parent exports of its children, which cannot tell of it themselves while they are down."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ops.local.supervisor import Child

PROCESS: Final = ["process"]


class ChildrenCollector(Collector):
    """Reads the children at each scrape; ``process`` is the number of the child, from 0."""

    def __init__(self, children: Sequence[Child]) -> None:
        self._children = children

    def collect(self) -> Iterator[Metric]:
        """Yield one sample a child and metric; memory has one of those that run, where the system tells it."""
        up = GaugeMetricFamily("lm_supervisor_process_up", "1 while the process runs.", labels=PROCESS)
        restarts = CounterMetricFamily(
            "lm_supervisor_restarts_total", "Starts after the first, whatever ended the process before.", labels=PROCESS
        )
        exits = CounterMetricFamily(
            "lm_supervisor_exits_total",
            "Ends of the process by its exit code; a negative one is a signal.",
            labels=[*PROCESS, "code"],
        )
        memory = GaugeMetricFamily(
            "lm_supervisor_process_memory_bytes", "Resident memory of the process.", labels=PROCESS
        )
        for number, child in enumerate(self._children):
            name, pid = [str(number)], child.pid
            up.add_metric(name, float(pid is not None))
            restarts.add_metric(name, max(0, child.starts - 1))
            for code, count in sorted(child.exits.copy().items()):
                exits.add_metric([*name, str(code)], count)
            resident = None if pid is None else resident_bytes(pid)
            if resident is not None:
                memory.add_metric(name, resident)
        yield from (up, restarts, exits, memory)


def resident_bytes(pid: int) -> int | None:
    """Return the resident memory of a process as the kernel counts it; None where there is no /proc or no process."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def serve(children: Sequence[Child], *, host: str, port: int) -> str | None:
    """Answer /metrics in a thread of its own; return why not where it cannot, since children need no metrics to run."""
    registry = CollectorRegistry()
    registry.register(ChildrenCollector(children))
    try:
        start_http_server(port, host, registry)
    except OSError as error:
        return f"{host}:{port} is not to be had ({(error.strerror or str(error)).lower()})"
    return None

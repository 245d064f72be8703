"""Metrics page: a registry's /metrics, answered by a thread of its own while a service runs."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server

from ops.errors import OpsError


@contextmanager
def metrics_page(registry: CollectorRegistry, *, host: str, port: int) -> Iterator[None]:
    """Answer /metrics until the context ends; raises OpsError where nobody can listen there."""
    try:
        server, _ = start_http_server(port, host, registry)
    except OSError as error:
        raise OpsError(
            f"cannot listen at {host}:{port} ({(error.strerror or str(error)).lower()}); give another --port"
        ) from error
    try:
        yield
    finally:
        server.shutdown()

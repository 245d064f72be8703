"""The client of a program's metrics takes addresses as people write them."""

import threading
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry, Counter, start_http_server

from ops.rollout.sources.metrics_client import scrape


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    registry = CollectorRegistry()
    Counter("asked", "How often somebody asked.", registry=registry).inc(3)
    server, thread = start_http_server(0, addr="127.0.0.1", registry=registry)
    yield server.server_port
    server.shutdown()
    server.server_close()
    assert isinstance(thread, threading.Thread)
    thread.join()


@pytest.mark.parametrize("scheme", ["http://", ""], ids=["with a scheme", "without"])
def test_an_address_needs_no_scheme(port: int, scheme: str) -> None:
    assert scrape(f"{scheme}127.0.0.1:{port}/metrics").total("asked_total") == 3


@pytest.mark.parametrize("address", ["nobody", "127.0.0.1:1", "ftp://127.0.0.1:1"])
def test_an_address_that_is_none_is_an_error_of_the_connection(address: str) -> None:
    with pytest.raises(OSError, match=r"."):
        scrape(f"{address}/metrics", seconds=0.5)

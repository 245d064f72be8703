"""Drain waits until nothing is left to land, and for nobody who does not answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from ops.local.ports import LOOPBACK, free_port
from ops.up.drain import drain


@contextmanager
def landing(lags: list[int]) -> Iterator[str]:
    """Serve a landing's page: each look sees the next lag, and the last one again."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            lag = lags.pop(0) if len(lags) > 1 else lags[0]
            self.send_response(200)
            self.end_headers()
            self.wfile.write(f'lm_landing_lag{{topic="transactions"}} {lag}\n'.encode())

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer((LOOPBACK, 0), Page)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_it_ends_once_nothing_waited_three_times_in_a_row() -> None:
    lags = [5, 0, 2, 0, 0, 0, 7]
    with landing(lags) as address:
        drain(address, 60.0)
    assert lags == [7]


def test_it_ends_where_nobody_answers_or_it_is_told_to() -> None:
    drain(f"http://{LOOPBACK}:{free_port()}", 60.0)
    with landing([5]) as address:
        drain(address, 60.0, unless=lambda: True)
        drain(address, 0.0)

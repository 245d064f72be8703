"""A free port is one that a program can listen on, and an open one is one that somebody listens on."""

import socket

from ops.local.ports import LOOPBACK, free_port, is_open


def test_a_free_port_can_be_listened_on_and_is_open_then_only() -> None:
    port = free_port()
    assert not is_open(port)
    with socket.create_server((LOOPBACK, port)):
        assert is_open(port)
    assert not is_open(port)

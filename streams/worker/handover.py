"""Handover: batches from the polling thread to the event loop, in the order in which they were polled."""

import asyncio
from collections.abc import Callable, Coroutine

from streams.consume.batch import Batch


class Handover:
    """``send`` puts a batch where the agent takes it from; it is called in the event loop."""

    def __init__(self, send: Callable[[Batch], Coroutine[None, None, None]]) -> None:
        self._send = send
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        """Take the loop that runs; batches may come from now on."""
        self._loop = asyncio.get_running_loop()

    def put(self, batch: Batch) -> None:
        """Hand a batch over, from any thread."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._send(batch), self._loop)

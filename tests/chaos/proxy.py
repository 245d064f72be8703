"""Proxy: a TCP relay in front of a broker that can be slowed down and cut, as a network can."""

import asyncio
import threading
from contextlib import suppress

from ops.local.ports import LOOPBACK, free_port
from ops.patience import patience_seconds

CHUNK_BYTES = 64 * 1_024
END_TRANSACTION = (26).to_bytes(2)  # the api_key behind a request's four bytes of size
ARRIVE_SECONDS = 0.05


class Proxy:
    """Relays ``port`` to ``upstream`` on a thread of its own; both are ports on loopback."""

    def __init__(self, upstream: int) -> None:
        self.port = free_port()
        self._upstream = upstream
        self._delay_seconds = 0.0
        self._cut = False
        self._silent = False
        self.unanswered_commits = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"proxy-{self.port}", daemon=True)

    def start(self) -> None:
        """Begin to relay."""
        self._thread.start()
        assert self._listening.wait(5)

    def stop(self) -> None:
        """Close everything."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(patience_seconds())

    def delay(self, seconds: float) -> None:
        """Hold every piece back for so long, in both directions."""
        self._delay_seconds = seconds

    def cut(self) -> None:
        """Break every connection and accept no other."""
        self._cut = True
        self._loop.call_soon_threadsafe(self._break)

    def lose_answers_to_commits(self) -> None:
        """Let every end of a transaction arrive and break its connection before the broker's word comes back."""
        self._silent = True

    def mend(self) -> None:
        """Relay again as if nothing had been."""
        self._cut, self._silent, self._delay_seconds = False, False, 0.0

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._relay, LOOPBACK, self.port))
        self._listening.set()
        self._loop.run_forever()
        server.close()
        self._break()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def _break(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(OSError):
            if not self._cut:
                far_reader, far_writer = await asyncio.open_connection(LOOPBACK, self._upstream)
                self._writers.add(far_writer)
                await asyncio.gather(self._ask(reader, far_writer, near=writer), self._pass_on(far_reader, writer))
                self._writers.discard(far_writer)
        self._writers.discard(writer)
        writer.close()

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, near: asyncio.StreamWriter
    ) -> None:
        """Pass requests on; of a commit whose answer is to be lost, make sure that nobody is left to hear it."""
        with suppress(OSError):
            while chunk := await reader.read(CHUNK_BYTES):
                if self._delay_seconds:
                    await asyncio.sleep(self._delay_seconds)
                writer.write(chunk)
                if self._silent and chunk[4:6] == END_TRANSACTION:
                    near.transport.abort()
                    self.unanswered_commits += 1
                    await asyncio.sleep(ARRIVE_SECONDS)
                await writer.drain()
        writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK_BYTES):
                if self._delay_seconds:
                    await asyncio.sleep(self._delay_seconds)
                writer.write(chunk)
                await writer.drain()
        writer.close()

"""Stream: tells each reader of the page *now* which sections changed, as server-sent events."""

import asyncio
import json
from typing import Final

from aiohttp import web

from ops.console.guard import HEADERS
from ops.console.live import Live
from ops.console.now import NowPage

MOST_READERS: Final = 64
PAUSE_SECONDS: Final = 0.5  # between two changes that one reader is told of
SILENT_SECONDS: Final = 10.0  # after which a stream says that it is there


class Stream:
    """The readers of one page."""

    def __init__(self, live: Live, page: NowPage) -> None:
        self._live = live
        self._page = page
        self._readers = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Tell one reader of changes until it goes; raises HTTPServiceUnavailable where there are too many."""
        if self._readers >= MOST_READERS:
            raise web.HTTPServiceUnavailable(text="too many readers of this stream")
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", **HEADERS})
        await stream.prepare(request)
        self._readers += 1
        try:
            await self._tell(stream)
        except ConnectionError:  # the reader has gone
            return stream
        finally:
            self._readers -= 1
        return stream

    async def _tell(self, stream: web.StreamResponse) -> None:
        told: dict[str, str] = {}
        version = -1
        while True:
            version = await self._live.wait(version, seconds=SILENT_SECONDS)
            sections = self._page.sections()
            changed = {name: html for name, html in sections.items() if told.get(name) != html}
            told = dict(sections)
            event = {"sections": changed, "summary": self._page.summary()}
            await stream.write(f"event: now\ndata: {json.dumps(event)}\n\n".encode() if changed else b": here\n\n")
            await asyncio.sleep(PAUSE_SECONDS)

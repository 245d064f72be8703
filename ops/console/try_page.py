"""Try page: the form of a line to try, from a request that anybody may have sent, and the values of its answer."""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from ops.console.asking import Asker
from ops.console.live import KAFKA, Live
from ops.console.settings import DEADLINE_SECONDS, ConsoleSettings
from ops.console.try_it import DEFAULTS, Reading, TryIt
from schemas.events.dead_letter import RecordError

ENCODING: Final = "application/x-www-form-urlencoded"
LOAD: Final = "rules and releases"
LOAD_SECONDS: Final = 1.5
ANSWER_SECONDS: Final = DEADLINE_SECONDS - LOAD_SECONDS  # both together are a source's deadline


class TryPage:
    """Asks rules and releases; two lines are two questions, and loading is one."""

    def __init__(self, settings: ConsoleSettings, live: Live, asker: Asker) -> None:
        self._live = live
        self._asker = asker
        self._try_it = TryIt(settings.registry, settings.rules_file, record=lambda: live.feed.latest)
        self._lines = 0

    def empty(self) -> dict[str, object]:
        """Return the values of the form without an answer; rules and releases are loaded meanwhile."""
        self._loading = asyncio.ensure_future(self._asker.ask(LOAD, self._try_it.load))
        return self._values(DEFAULTS)

    async def answered(self, request: web.Request) -> dict[str, object]:
        """Return the values of a line's answer; raises HTTPException where something else than the form came."""
        fields = await read_form(request)
        now = datetime.fromtimestamp(time.time(), UTC)
        loaded = await self._asker.ask(LOAD, self._try_it.load, seconds=LOAD_SECONDS)
        self._lines += 1
        question = f"line {self._lines}"
        answer = await self._asker.ask(question, lambda: self._try_it.read(fields, now=now), seconds=ANSWER_SECONDS)
        return self._values(fields, said=answer.value, fault=answer.fault or loaded.fault)

    def _values(
        self, fields: Mapping[str, str], *, said: Reading | RecordError | None = None, fault: str | None = None
    ) -> dict[str, object]:
        is_refused = isinstance(said, RecordError)
        return {
            "fields": fields,
            "reading": None if is_refused else said,
            "refused": said if is_refused else None,
            "fault": fault,
            "record": self._live.feed.latest,
            "kafka": self._live.seen[KAFKA],
        }


async def read_form(request: web.Request) -> dict[str, str]:
    """Return the fields, empty where one was not sent; raises HTTPException where something else came."""
    if request.content_type != ENCODING:
        raise web.HTTPUnsupportedMediaType(text=f"A form is read as {ENCODING} only.")
    try:
        sent = await request.post()
    except (ValueError, LookupError) as error:  # bytes of no character, or an encoding that nobody knows
        raise web.HTTPBadRequest(text="The form is not UTF-8.") from error
    return {name: str(sent.get(name, "")) for name in DEFAULTS}

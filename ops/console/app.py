"""App: the console as an aiohttp application: its routes, and the values of each page."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

import structlog
from aiohttp import web
from markupsafe import Markup

from ops.console import releases
from ops.console.alerts import runbook
from ops.console.asking import Asker
from ops.console.compare import read_comparison
from ops.console.dead_letters import DeadLetters
from ops.console.guard import HEADERS, MOST_BODY_BYTES, is_known_host, refusal_words
from ops.console.history import page_of, read_page
from ops.console.labels import read_labels
from ops.console.live import KAFKA, Live, Seen
from ops.console.markdown import to_html
from ops.console.now import NowPage
from ops.console.render import HERE, Renderer
from ops.console.settings import ConsoleSettings
from ops.console.stream import Stream
from ops.console.try_page import TryPage
from scorer.release.registry import Registry

FAULT: Final = "This page could not be made. Please report it; the other pages go on."
STATIC: Final = {"console.css": "text/css", "console.js": "text/javascript", "icon.svg": "image/svg+xml"}

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Console:
    """Answers every request of the console."""

    def __init__(self, settings: ConsoleSettings) -> None:
        self._settings = settings
        self._renderer = Renderer()
        self._asker = Asker()
        self._compared = Seen()
        self._labels = Seen()

    def application(self) -> web.Application:
        """Return the application; it begins to ask its sources when it is started."""
        app = web.Application(client_max_size=MOST_BODY_BYTES, middlewares=[self._guard])
        app.router.add_get("/", self._now)
        app.router.add_get("/history", self._history)
        app.router.add_get("/try", self._try)
        app.router.add_post("/try", self._try_line)
        app.router.add_get("/compare", self._compare)
        app.router.add_get("/releases", self._releases)
        app.router.add_get("/releases/{version}", self._card)
        app.router.add_get("/dead-letters", self._dead_letters)
        app.router.add_get("/labels", self._labels_page)
        app.router.add_get("/events", self._events)
        app.router.add_get("/runbooks/{name}", self._runbook)
        app.router.add_get("/live", _live)
        app.router.add_get("/static/{name}", _static)
        app.cleanup_ctx.append(self._run)
        return app

    async def _run(self, app: web.Application) -> AsyncIterator[None]:
        settings = self._settings
        self._live = Live(settings, self._asker)
        self._now_page = NowPage(settings, self._live, self._renderer)
        self._stream = Stream(self._live, self._now_page)
        self._registry = Registry(settings.registry)
        self._letters = DeadLetters(settings.kafka)
        self._try_page = TryPage(settings, self._live, self._asker)
        task = asyncio.create_task(self._live.run())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def _now(self, request: web.Request) -> web.Response:
        values = {"sections": {name: Markup(html) for name, html in self._now_page.sections().items()}}  # noqa: S704 - our own templates
        return self._page("now", "Now", values)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        return await self._stream.answer(request)

    async def _history(self, request: web.Request) -> web.Response:
        answer = await self._asker.ask("history", lambda: read_page(self._settings.kafka))
        page = answer.value or page_of(self._live.feed.records, findings=None)
        return self._page("history", "History", {"page": page, "fault": answer.fault})

    async def _try(self, request: web.Request) -> web.Response:
        return self._page("try", "Try it", self._try_page.empty())

    async def _try_line(self, request: web.Request) -> web.Response:
        values = await self._try_page.answered(request)
        status = HTTPStatus.OK if values["refused"] is None else HTTPStatus.UNPROCESSABLE_ENTITY
        return self._page("try", "Try it", values, status=status)

    async def _compare(self, request: web.Request) -> web.Response:
        dsn, version = self._settings.dsn, request.query.get("version")
        if dsn is not None:
            now = datetime.fromtimestamp(time.time(), UTC)
            question = f"compare {version}" if version in self._versions() else "compare"
            answer = await self._asker.ask(question, lambda: read_comparison(dsn, version, now=now))
            self._compared = self._compared.after(answer)
        return self._page("compare", "Compare", {"seen": self._compared, "has_dsn": dsn is not None})

    def _versions(self) -> tuple[str, ...]:
        """Return the releases that the page compared last could choose from."""
        return () if self._compared.value is None else self._compared.value.versions

    async def _releases(self, request: web.Request) -> web.Response:
        record = self._live.feed.latest
        answer = await self._asker.ask("releases", lambda: releases.rows(self._registry, record))
        asked = releases.pair(answer.value or (), request.query)
        values = {
            "rows": answer.value or (),
            "fault": answer.fault,
            "record": record,
            "kafka": self._live.seen[KAFKA],
            **asked,
        }
        return self._page("releases", "Releases", values)

    async def _card(self, request: web.Request) -> web.Response:
        version = request.match_info["version"]
        answer = await self._asker.ask(f"card {version}", lambda: releases.card(self._registry, version))
        if answer.value is None:
            raise web.HTTPNotFound if answer.fault is None else web.HTTPServiceUnavailable(text=answer.fault)
        values = {"body": Markup(answer.value)}  # noqa: S704 - Markdown without HTML
        return self._page("card", f"Release {version}", values, current="releases")

    async def _dead_letters(self, request: web.Request) -> web.Response:
        answer = await self._asker.ask("dead letters", self._letters.read)
        values = {"page": answer.value or self._letters.picture(), "fault": answer.fault}
        return self._page("dead_letters", "Dead letters", values)

    async def _labels_page(self, request: web.Request) -> web.Response:
        dsn = self._settings.dsn
        if dsn is not None:
            now = datetime.fromtimestamp(time.time(), UTC)
            self._labels = self._labels.after(await self._asker.ask("labels", lambda: read_labels(dsn, now=now)))
        return self._page("labels", "Labels", {"seen": self._labels, "has_dsn": dsn is not None})

    async def _runbook(self, request: web.Request) -> web.Response:
        text = runbook(request.match_info["name"])
        if text is None:
            raise web.HTTPNotFound
        values = {"body": Markup(to_html(text))}  # noqa: S704 - a file of this package
        return self._page("runbook", f"Runbook {request.match_info['name']}", values, current="now")

    def _page(
        self, name: str, title: str, values: Mapping[str, object], *, status: int = 200, current: str | None = None
    ) -> web.Response:
        text = self._renderer.page(name, title, values, current=current)
        return web.Response(text=text, status=status, content_type="text/html")

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse other hosts' names, put the headers on every answer, and show errors as a page."""
        try:
            if not is_known_host(request.host, listens_at=self._settings.host, allowed=self._settings.allowed_hosts):
                raise web.HTTPMisdirectedRequest(text="this host name is not one of the console's")
            response = await handler(request)
        except web.HTTPException as error:
            values = {"message": refusal_words(error)}
            response = self._page("error", f"{error.status} {error.reason}", values, status=error.status, current="")
            if "Allow" in error.headers:
                response.headers["Allow"] = error.headers["Allow"]
        except Exception as error:  # one page that fails ends no console
            log.error("console_page_failed", path=request.path, fault=type(error).__name__)
            response = self._page("error", "A fault of the console", {"message": FAULT}, status=500)
        if not response.prepared:
            response.headers.update(HEADERS)
        return response


async def _live(request: web.Request) -> web.Response:
    return web.Response(text="yes\n")


async def _static(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in STATIC:
        raise web.HTTPNotFound
    body = (HERE / "static" / name).read_bytes()
    return web.Response(body=body, content_type=STATIC[name], charset="utf-8")

"""App: the console as an aiohttp application: routes, headers of every answer, and the stream of changes."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final

import structlog
from aiohttp import web
from markdown_it import MarkdownIt
from markupsafe import Markup

from ops.console.alerts import runbook
from ops.console.asking import Asker
from ops.console.history import page_of, read_page
from ops.console.live import Live
from ops.console.now import NowPage
from ops.console.render import HERE, Renderer
from ops.console.settings import ConsoleSettings

MOST_BODY_BYTES: Final = 16_384  # of a form
MOST_STREAMS: Final = 64
STREAM_SECONDS: Final = 0.5  # between two changes that one reader is told of
SILENT_SECONDS: Final = 10.0  # after which a stream says that it is there
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
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
        self._streams = 0

    def application(self) -> web.Application:
        """Return the application; it begins to ask its sources when it is started."""
        app = web.Application(client_max_size=MOST_BODY_BYTES, middlewares=[self._guard])
        app.router.add_get("/", self._now)
        app.router.add_get("/history", self._history)
        app.router.add_get("/events", self._events)
        app.router.add_get("/runbooks/{name}", self._runbook)
        app.router.add_get("/live", _live)
        app.router.add_get("/static/{name}", _static)
        app.cleanup_ctx.append(self._run)
        return app

    async def _run(self, app: web.Application) -> AsyncIterator[None]:
        self._live = Live(self._settings, self._asker)
        self._now_page = NowPage(self._settings, self._live, self._renderer)
        task = asyncio.create_task(self._live.run())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def _now(self, request: web.Request) -> web.Response:
        values = {"sections": {name: Markup(html) for name, html in self._now_page.sections().items()}}  # noqa: S704 - our own templates
        return self._page("now", "Now", values)

    async def _history(self, request: web.Request) -> web.Response:
        answer = await self._asker.ask("history", lambda: read_page(self._settings.kafka))
        page = answer.value or page_of(self._live.feed.records, findings=None)
        return self._page("history", "History", {"page": page, "fault": answer.fault})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Tell a reader of each section that changed, as server-sent events."""
        if self._streams >= MOST_STREAMS:
            raise web.HTTPServiceUnavailable(text="too many readers of this stream")
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", **HEADERS})
        await stream.prepare(request)
        self._streams += 1
        try:
            await self._tell(stream)
        except ConnectionError:  # the reader has gone
            return stream
        finally:
            self._streams -= 1
        return stream

    async def _tell(self, stream: web.StreamResponse) -> None:
        told: dict[str, str] = {}
        version = -1
        while True:
            version = await self._live.wait(version, seconds=SILENT_SECONDS)
            sections = self._now_page.sections()
            changed = {name: html for name, html in sections.items() if told.get(name) != html}
            told = dict(sections)
            event = {"sections": changed, "summary": self._now_page.summary()}
            await stream.write(f"event: now\ndata: {json.dumps(event)}\n\n".encode() if changed else b": here\n\n")
            await asyncio.sleep(STREAM_SECONDS)

    async def _runbook(self, request: web.Request) -> web.Response:
        text = runbook(request.match_info["name"])
        if text is None:
            raise web.HTTPNotFound
        body = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
        values = {"body": Markup(body)}  # noqa: S704 - a file of this package
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
            if not is_known_host(request.host, listens_at=self._settings.host):
                raise web.HTTPMisdirectedRequest(text="this host name is not one of the console's")
            response = await handler(request)
        except web.HTTPException as error:
            response = self._page(
                "error", f"{error.status} {error.reason}", {"message": _message(error)}, status=error.status, current=""
            )
            if "Allow" in error.headers:
                response.headers["Allow"] = error.headers["Allow"]
        except Exception as error:  # one page that fails ends no console
            log.error("console_page_failed", path=request.path, fault=type(error).__name__)
            response = self._page("error", "A fault of the console", {"message": FAULT}, status=500)
        if not response.prepared:
            response.headers.update(HEADERS)
        return response


def is_known_host(host: str, *, listens_at: str) -> bool:
    """Whether a request names this console: on loopback no other name may, so that no web site can lead here."""
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    name = name.strip("[]").lower()
    if not _is_loopback(listens_at):
        return True
    return name == "localhost" or _is_loopback(name)


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _message(error: web.HTTPException) -> str:
    match error.status:
        case HTTPStatus.NOT_FOUND:
            return "There is no such page."
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return "This page cannot be asked that way. The console only reads."
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return f"The form is too large: at most {MOST_BODY_BYTES:,} bytes are read. Nothing of it was kept."
        case _:
            return error.text or error.reason


async def _live(request: web.Request) -> web.Response:
    return web.Response(text="yes\n")


async def _static(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in STATIC:
        raise web.HTTPNotFound
    body = (HERE / "static" / name).read_bytes()
    return web.Response(body=body, content_type=STATIC[name], charset="utf-8")

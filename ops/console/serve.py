"""Serve: runs the console until it is stopped."""

import asyncio
import signal
from collections.abc import Callable

from aiohttp import web

from ops.console.app import Console
from ops.console.settings import ConsoleSettings
from ops.errors import OpsError

STOP_SECONDS = 2.0  # that readers of a stream are given


def serve(settings: ConsoleSettings, *, said: Callable[[str], None]) -> None:
    """Answer until SIGINT, SIGTERM or SIGHUP; ``said`` is told the address once it answers.

    Raises OpsError where the console cannot listen.
    """
    asyncio.run(_serve(settings, said))


async def _serve(settings: ConsoleSettings, said: Callable[[str], None]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(
        Console(settings).application(), access_log=None, shutdown_timeout=STOP_SECONDS, handler_cancellation=True
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port)
        try:
            await site.start()
        except OSError as error:
            raise OpsError(
                f"cannot listen at {settings.host}:{settings.port} ({(error.strerror or str(error)).lower()}); "
                "give another --port"
            ) from error
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        said(f"http://{host}:{runner.addresses[0][1]}")
        await stop.wait()
    finally:
        await runner.cleanup()

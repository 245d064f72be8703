"""Guard: whom the console answers, the headers of every answer, and the words for a request that is refused."""

from collections.abc import Sequence
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final

from aiohttp import web

MOST_BODY_BYTES: Final = 16_384  # of a form
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


def is_known_host(host: str, *, listens_at: str, allowed: Sequence[str] = ()) -> bool:
    """Whether a request names this console: by an allowed name; without any, by loopback's where it listens there.

    So no web site can lead a browser here under a name of its own.
    """
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    name = name.strip("[]").lower()
    if allowed:
        return name in {one.strip("[]").lower() for one in allowed}
    if not _is_loopback(listens_at):
        return True
    return name == "localhost" or _is_loopback(name)


def refusal_words(error: web.HTTPException) -> str:
    """Return what a person reads of a request that was refused."""
    match error.status:
        case HTTPStatus.NOT_FOUND:
            return "There is no such page."
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return "This page cannot be asked that way. The console only reads."
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return f"The form is too large: at most {MOST_BODY_BYTES:,} bytes are read. Nothing of it was kept."
        case _:
            return error.text or error.reason


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"

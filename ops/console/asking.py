"""Asking: puts a question to a source in a thread, with a deadline; a source that does not answer is named."""

import asyncio
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar, cast

import psycopg

from ops.console.settings import DEADLINE_SECONDS
from ops.errors import OpsError
from rules.errors import RulesError
from scorer.errors import ScorerError
from streams.errors import StreamError

T = TypeVar("T")
EXPECTED: Final = (OpsError, StreamError, ScorerError, RulesError, psycopg.Error, OSError)
URLOPEN: Final = re.compile(r"<urlopen error (?:\[Errno -?\d+\] )?(.*?)>")
MOST_CHARACTERS: Final = 400  # of an error message on a page


@dataclass(frozen=True, slots=True)
class SourceAnswer(Generic[T]):
    """What a source answered, or why it did not; ``at`` is when, in epoch seconds."""

    value: T | None
    fault: str | None
    at: float


class Asker:
    """Asks each question at most once at a time, so that a source that hangs costs one thread and no more."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._under_way: dict[str, asyncio.Future[SourceAnswer[Any]]] = {}

    async def ask(self, name: str, question: Callable[[], T], *, seconds: float = DEADLINE_SECONDS) -> SourceAnswer[T]:
        """Return the answer, or a fault after ``seconds``.

        A question of the same name that is still under way is joined and not asked again.
        """
        future = self._under_way.get(name)
        if future is None:
            loop = asyncio.get_running_loop()
            future = self._under_way[name] = loop.create_future()
            future.add_done_callback(lambda _: self._under_way.pop(name, None))
            threading.Thread(target=self._answer, args=(loop, future, question), name=name, daemon=True).start()
        try:
            return cast(SourceAnswer[T], await asyncio.wait_for(asyncio.shield(future), seconds))
        except TimeoutError:
            return SourceAnswer(None, f"no answer within {seconds:g} s", self._clock())

    def _answer(
        self, loop: asyncio.AbstractEventLoop, future: asyncio.Future[SourceAnswer[Any]], question: Callable[[], object]
    ) -> None:
        try:
            answer: SourceAnswer[Any] = SourceAnswer(question(), None, self._clock())
        except EXPECTED as error:
            answer = SourceAnswer(None, one_line(error), self._clock())
        except Exception as error:  # a page with a fault on it is worth more than none
            answer = SourceAnswer(None, f"the console cannot read it: {type(error).__name__}", self._clock())
        with suppress(RuntimeError):  # the console has stopped meanwhile
            loop.call_soon_threadsafe(_settle, future, answer)


def one_line(error: BaseException) -> str:
    """Return the message of an error in one line of limited length."""
    return without_noise(" ".join(str(error).split()))[:MOST_CHARACTERS] or type(error).__name__


def without_noise(message: str) -> str:
    """Return a message without Python's own words for a call that was refused."""
    return URLOPEN.sub(r"\1", message)


def _settle(future: asyncio.Future[SourceAnswer[Any]], answer: SourceAnswer[Any]) -> None:
    if not future.done():
        future.set_result(answer)

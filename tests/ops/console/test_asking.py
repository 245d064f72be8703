import asyncio
import threading

import pytest

from ops.console.asking import Asker, SourceAnswer
from ops.errors import OpsError


def test_a_source_that_hangs_is_given_up_and_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    release, asked = threading.Event(), []

    def hang() -> str:
        asked.append(1)
        release.wait()
        return "late"

    async def ask() -> list[SourceAnswer[str]]:
        asker = Asker(clock=lambda: 1.0)
        answers = [await asker.ask("slow", hang, seconds=0.05) for _ in range(3)]
        release.set()
        return [*answers, await asker.ask("slow", hang)]

    *given_up, last = asyncio.run(ask())
    assert given_up == [SourceAnswer(None, "no answer within 0.05 s", 1.0)] * 3
    assert (last.value, asked) == ("late", [1])


def test_an_error_is_one_line_and_a_fault_of_ours_shows_no_details() -> None:
    def refuse() -> None:
        raise OpsError("no metrics\nat http://127.0.0.1:1")

    def fail() -> None:
        raise KeyError("a secret")

    async def ask() -> list[str | None]:
        asker = Asker()
        return [(await asker.ask(name, question)).fault for name, question in (("a", refuse), ("b", fail))]

    assert asyncio.run(ask()) == ["no metrics at http://127.0.0.1:1", "the console cannot read it: KeyError"]

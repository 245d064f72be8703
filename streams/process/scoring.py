"""Scoring: asks rules and models side by side, each in its own thread and with its own deadline."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, Protocol

import structlog

from schemas.events.candidate import Candidate
from schemas.events.comparison import Acceptance, Role
from schemas.events.overrides import Override
from schemas.events.rollout import RolloutRecord
from schemas.events.suggestion import Arm
from schemas.events.transaction import Transaction
from schemas.taxonomy import Category
from schemas.text.descriptor import Descriptor
from scorer.serving.decide import ModelAnswer
from streams import metrics
from streams.process.batch_types import Answers, Assigned, Decoded
from streams.process.circuit_breaker import Breaker

TIMED_ROWS: Final = 1_000  # a model's deadline is for so many transactions; a larger batch has proportionally longer
RULES_SECONDS: Final = 30.0  # rules run in linear time: past this the machine stands still, not the rules

log = structlog.get_logger(__name__)


class Rules(Protocol):
    """What answers by rule."""

    @property
    def version(self) -> str:
        """The rule set's version, as events carry it."""

    def answer(self, transactions: Sequence[Transaction], descriptors: Sequence[Descriptor]) -> list[Candidate | None]:
        """Return one candidate or None per transaction."""


class ServedModel(Protocol):
    """What answers by model."""

    @property
    def may_serve(self) -> bool:
        """Whether its gate lets its answers be served; if not, it is only scored in shadow."""

    def answer(
        self,
        transactions: Sequence[Transaction],
        descriptors: Sequence[Descriptor],
        *,
        role: Role,
        overrides: Mapping[Category, Override],
        explained: Sequence[bool] | None = None,
    ) -> list[ModelAnswer]:
        """Return one answer per transaction, accepted or not as the overrides of the rollout record say.

        ``explained`` says which may be served and so need explanations; None is all.
        """


class Scoring:
    """Rules always; for each arm that names a model, that model, if it is loaded and well."""

    def __init__(self, rules: Rules, *, models: Callable[[str], ServedModel | None], model_seconds: float) -> None:
        self._rules = rules
        self._models = models
        self._model_seconds = model_seconds
        self._rules_thread = ThreadPoolExecutor(1, "rules")
        self._lines: dict[tuple[Role, str], _Line] = {}

    @property
    def rules_version(self) -> str:
        """The version of the rules in force."""
        return self._rules.version

    async def answer(self, decoded: Decoded, assigned: Assigned, rollout: RolloutRecord) -> Answers:
        """Ask everybody that the rollout names; raises only what the rules raise."""
        named = {Role.CHAMPION: rollout.control.model_version, Role.CHALLENGER: rollout.canary.model_version}
        versions = {role: version for role, version in named.items() if version is not None}
        # Another release gets a line of its own: a call that hangs in the last one's must not silence it.
        self._lines = {key: self._lines.get(key) or _Line(key[0]) for key in versions.items()}
        rules, models = await asyncio.gather(
            self._ask_rules(decoded),
            asyncio.gather(
                *(
                    self._ask_model(role, version, decoded, assigned, rollout.overrides)
                    for role, version in versions.items()
                )
            ),
        )
        return Answers(rules, dict(zip(versions, models, strict=True)))

    async def _ask_rules(self, decoded: Decoded) -> list[Candidate | None]:
        call = asyncio.get_running_loop().run_in_executor(
            self._rules_thread, self._rules.answer, decoded.transactions, decoded.descriptors
        )
        return await asyncio.wait_for(call, RULES_SECONDS)

    async def _ask_model(
        self, role: Role, version: str, decoded: Decoded, assigned: Assigned, overrides: Mapping[Category, Override]
    ) -> list[ModelAnswer]:
        rows = assigned.asked_rows(role)
        model = self._models(version)
        silent = ModelAnswer(role, version, Acceptance.NOT_ASKED)
        if not rows:
            return [silent] * len(decoded.transactions)
        everybody = len(rows) == len(decoded.transactions)
        transactions = decoded.transactions if everybody else [decoded.transactions[row] for row in rows]
        descriptors = decoded.descriptors if everybody else [decoded.descriptors[row] for row in rows]
        # Control serves the champion, and so does a canary that falls back to it; the challenger is the canary's alone.
        explained = None if role is Role.CHAMPION else [assigned.arms[row] is Arm.CANARY for row in rows]
        asked = await self._lines[role, version].ask(
            model,
            version,
            transactions,
            descriptors,
            overrides,
            explained,
            timeout_seconds=self._model_seconds * max(1.0, len(rows) / TIMED_ROWS),
        )
        if everybody:
            return asked
        answers = [silent] * len(decoded.transactions)
        for row, answer in zip(rows, asked, strict=True):
            answers[row] = answer
        return answers


class _Line:
    """The way to one model: a thread, a breaker, and the call that may still be running there."""

    def __init__(self, role: Role) -> None:
        self._role = role
        self._thread = ThreadPoolExecutor(1, role.value)
        self._breaker = Breaker()
        self._running: asyncio.Future[list[ModelAnswer]] | None = None

    async def ask(
        self,
        model: ServedModel | None,
        version: str,
        transactions: Sequence[Transaction],
        descriptors: Sequence[Descriptor],
        overrides: Mapping[Category, Override],
        explained: Sequence[bool] | None,
        *,
        timeout_seconds: float,
    ) -> list[ModelAnswer]:
        """Return the model's answers, or one reason for all why there are none; never raises, never waits longer."""
        started_at = time.monotonic()
        busy = self._running is not None and not self._running.done()
        if model is None or busy or not self._breaker.allows(now=started_at):
            metrics.PREDICT_REQUESTS.labels("false").inc(len(transactions))
            return [ModelAnswer(self._role, version, Acceptance.UNAVAILABLE)] * len(transactions)
        metrics.PREDICT_REQUESTS.labels("true").inc(len(transactions))
        loop = asyncio.get_running_loop()
        call = partial(
            model.answer, transactions, descriptors, role=self._role, overrides=overrides, explained=explained
        )
        self._running = loop.run_in_executor(self._thread, call)
        await asyncio.wait({self._running}, timeout=timeout_seconds)
        now = time.monotonic()
        metrics.PREDICT_LATENCY.observe(now - started_at, times=len(transactions), of=self._role)
        if not self._running.done():
            acceptance = Acceptance.TIMEOUT
            self._running.add_done_callback(_look_away)
        elif self._running.exception() is not None:
            acceptance = Acceptance.ERROR
            log.error("model_failed", version=version, error=type(self._running.exception()).__name__)
        else:
            self._breaker.succeeded()
            return self._running.result()
        self._breaker.failed(now=now)
        return [ModelAnswer(self._role, version, acceptance)] * len(transactions)


def _look_away(call: asyncio.Future[list[ModelAnswer]]) -> None:
    """Take the outcome of a call that came too late, so that asyncio does not report it as forgotten."""
    if not call.cancelled():
        call.exception()

"""Active releases: brings a rollout record into force once every release it names is loaded beside the running one."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import structlog

from schemas.events.rollout import RolloutRecord
from scorer.errors import ReleaseError
from streams import metrics
from streams.process.scoring import ServedModel
from streams.rollout.named_releases import barred, named, rules_alone
from streams.rollout.release_metrics import show_models

LOAD_THREAD: Final = "release-loader"
RETRY_SECONDS: Final = 60.0  # a registry that was away for a moment must not part this worker from the others

log = structlog.get_logger(__name__)


class Reload:
    """Keeps the models that the record in force names; ``load`` reads and verifies one release, and may take long."""

    def __init__(self, load: Callable[[str], ServedModel], *, retry_seconds: float = RETRY_SECONDS) -> None:
        self._load = load
        self._retry_seconds = retry_seconds
        self._models: Mapping[str, ServedModel] = {}
        self._refused: dict[str, str] = {}  # why
        self._tried: set[str] = set()  # and not to be tried again yet
        self._offered: RolloutRecord | None = None
        self._earlier: Sequence[RolloutRecord] = ()  # the records before it
        self._wake = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=LOAD_THREAD, daemon=True)
        self.in_force: RolloutRecord | None = None

    def start(self) -> None:
        """Begin to load what is offered."""
        self._thread.start()

    def stop(self) -> None:
        """Stop loading."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()

    def get(self, version: str) -> ServedModel | None:
        """Return the loaded model of this version, None where it could not be loaded or its gate bars it."""
        if self.in_force is not None and version in self._barred(self.in_force):
            return None
        return self._models.get(version)

    def follow(self, records: Sequence[RolloutRecord]) -> None:
        """Apply the last of the records; at the start an earlier one where its releases are refused.

        One of another taxonomy is refused: the last of this process's own stays, and before there is one, rules answer.
        """
        own, last = [record for record in records if not record.is_foreign], records[-1]
        if last.is_foreign:
            metrics.ROLLOUT_REFUSALS.inc()
            serving = None if self.in_force is None else self.in_force.version
            unfit = [f"taxonomy {last.taxonomy_version}"]
            log.error("rollout_refused", version=last.version, unfit=unfit, serving=serving)
            if self.in_force is not None:
                return
        if own:
            self._earlier = own[:-1]
            self.offer(own[-1])
            return
        with self._wake:
            self._apply(rules_alone(last))

    def offer(self, record: RolloutRecord) -> None:
        """Apply a record: at once where nothing is to be loaded, else when its releases are there.

        A record that takes everybody out of the canary waits for nothing: what it lacks is only missed in shadow.
        """
        with self._wake:
            self._offered = record
            missing = self._missing(record)
            if missing:
                self._refused.clear()  # a release that was mended in the meantime gets another chance
                self._tried.clear()
                self._wake.notify_all()
            if not missing or self._empties_canary(record):
                self._conclude(record)

    def wait_until_in_force(self, timeout_seconds: float) -> bool:
        """Wait until some record is in force."""
        with self._wake:
            return self._wake.wait_for(lambda: self.in_force is not None, timeout_seconds)

    def go_without(self) -> None:
        """Bring what was offered into force without the releases that are not loaded yet: rules answer for them."""
        with self._wake:
            if self.in_force is None and self._offered is not None:
                log.error(
                    "release_late", missing=self._missing(self._offered), reason="rules answer until it is loaded"
                )
                self._apply(self._offered)

    def _run(self) -> None:
        while True:
            with self._wake:
                awaited = self._wake.wait_for(
                    lambda: self._stopping or self._next_to_load() is not None,
                    self._retry_seconds if self._refused else None,
                )
                if self._stopping:
                    return
                if not awaited:
                    self._tried.clear()
                version = self._next_to_load()
                known = None if version is None else self._refused.get(version)
            if version is None:
                continue
            model = self._try_load(version)
            with self._wake:
                if model is not None:
                    self._models = {**self._models, version: model}
                record = self._offered
                if record is None or self._next_to_load() is not None or (model is None and known is not None):
                    continue
                if self.in_force is not None or not self._unfit(record):
                    self._conclude(record)
                    continue
            self._begin_before(record)

    def _begin_before(self, record: RolloutRecord) -> None:
        """Begin as a worker that has run all along: with the newest record whose releases load and may serve.

        Where there is none, rules answer for what is missing.
        """
        earlier = list(self._earlier)
        for place in reversed(range(len(earlier))):
            for version in named(earlier[place]):
                if version not in self._models and version not in self._refused:
                    model = self._try_load(version)
                    self._models = self._models if model is None else {**self._models, version: model}
            with self._wake:
                if self.in_force is None and not self._unfit(earlier[place]):
                    self._apply(earlier[place])
                    for later in (*earlier[place + 1 :], record):
                        self._conclude(later)
                    return
        with self._wake:
            self._conclude(record)

    def _try_load(self, version: str) -> ServedModel | None:
        try:
            model = self._load(version)
        except Exception as error:
            # Whatever a release does while it is loaded or tried out, it must not end what serves without it.
            reason = str(error) if isinstance(error, ReleaseError) else f"{type(error).__name__} while it was loaded"
            if self._refused.get(version) != reason:
                log.error("release_refused", model_version=version, reason=reason)
            self._refused[version] = reason
            self._tried.add(version)
            metrics.RELEASE_LOADS.labels("refused").inc()
            return None
        self._refused.pop(version, None)
        metrics.RELEASE_LOADS.labels("loaded").inc()
        log.info("release_loaded", model_version=version)
        return model

    def _conclude(self, record: RolloutRecord) -> None:
        """Apply the record, or keep the one in force where a release was refused."""
        unfit = self._unfit(record)
        before = self.in_force
        if unfit and before is not None and before != record and not self._empties_canary(record):
            metrics.ROLLOUT_REFUSALS.inc()
            log.error("rollout_refused", version=record.version, unfit=unfit, serving=before.version)
            return
        self._apply(record)  # at the very start there is nothing to keep: rules answer for the missing model

    def _apply(self, record: RolloutRecord) -> None:
        self.in_force = record
        barred = self._barred(record)
        if barred:
            log.error("release_barred", models=barred, reason="its gate did not say PASS; rules answer for it")
        self._models = {version: self._models[version] for version in named(record) if version in self._models}
        metrics.ROLLOUT_PERCENT.set(record.basis_points / 100)
        metrics.ROLLOUT_VERSION.set(record.version)
        show_models(record, self.get)
        log.info("rollout_in_force", version=record.version, percent=record.percent, models=sorted(self._models))
        self._wake.notify_all()

    def _empties_canary(self, record: RolloutRecord) -> bool:
        """Whether a record takes every user out of the canary, into the very control that serves the others now."""
        before = self.in_force
        return (
            before is not None
            and before.basis_points > 0
            and record.basis_points == 0
            and record.control == before.control
        )

    def _unfit(self, record: RolloutRecord) -> list[str]:
        """The releases that stand against a record: not loaded, or not to be served."""
        return self._missing(record) or self._barred(record)

    def _missing(self, record: RolloutRecord) -> list[str]:
        return [version for version in named(record) if version not in self._models]

    def _barred(self, record: RolloutRecord) -> list[str]:
        return barred(record, self._models)

    def _next_to_load(self) -> str | None:
        """The next release of the offered record that is neither loaded nor was refused just now."""
        if self._offered is None:
            return None
        return next((version for version in self._missing(self._offered) if version not in self._tried), None)

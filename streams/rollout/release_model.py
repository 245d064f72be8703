"""Release model: finds and loads model releases for a worker, and turns their answers into the stream's own."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import structlog

from schemas.events.candidate import Candidate, SuggestionSource
from schemas.events.comparison import Acceptance, Role
from schemas.events.overrides import NO_OVERRIDES, Override
from schemas.events.transaction import Transaction
from schemas.taxonomy import CATEGORIES, Category
from schemas.text.descriptor import Descriptor, build_descriptor
from scorer.errors import RegistryError, ReleaseError
from scorer.features.features import numerics
from scorer.model.explain import Explainer, Explanations
from scorer.model.model import ModelAnswers
from scorer.monitoring.drift import Rows
from scorer.release.drift_baseline import Reference
from scorer.release.manifest import PASS
from scorer.release.registry import Registry
from scorer.release.release import Release
from scorer.serving.decide import ModelAnswer
from streams.settings import RegistrySettings

log = structlog.get_logger(__name__)
_MODEL: Final = SuggestionSource.MODEL
_MOST: Final = 3


class ReleaseModel:
    """One loaded release, answering in the stream's terms."""

    def __init__(self, release: Release, *, delay_file: Path | None = None) -> None:
        self._release = release
        self._delay_file = delay_file
        self.may_serve = release.gate_verdict == PASS
        self.expected_fallback = release.expected_fallback
        self._explainer = Explainer(release.model)

    def answer(
        self,
        transactions: Sequence[Transaction],
        descriptors: Sequence[Descriptor],
        *,
        role: Role,
        overrides: Mapping[Category, Override] = NO_OVERRIDES,
        explained: Sequence[bool] | None = None,
    ) -> list[ModelAnswer]:
        """Return one answer per transaction, each with its best three categories.

        Accepted ones are explained where ``explained`` says that they may be served; None is all.
        """
        if self._delay_file is not None and self._delay_file.exists():
            time.sleep(float(self._delay_file.read_text()) / 1_000)
        answers = self._release.answer(transactions, descriptors, overrides=overrides)
        version = self._release.version
        explanations = self.explain(transactions, descriptors, answers, asked=explained)
        top3 = answers.top3
        if len(CATEGORIES) < _MOST:  # the second of two stands for a third, which is cut off again
            top3 = np.concatenate((top3, top3[:, 1:]), axis=1)
        confidences = np.clip(np.take_along_axis(answers.probabilities, top3, axis=1), 0.0, 1.0)
        rows = zip(
            top3.tolist(),
            confidences.tolist(),
            answers.accepted.tolist(),
            explanations,
            answers.doubted.tolist(),
            strict=True,
        )
        return [
            ModelAnswer(
                role,
                version,
                Acceptance.ACCEPTED if accepted else Acceptance.LOW_CONFIDENCE,
                (
                    Candidate(CATEGORIES[first], best, _MODEL, None, False, why),
                    Candidate(CATEGORIES[second], better, _MODEL),
                    Candidate(CATEGORIES[third], good, _MODEL),
                )[: len(CATEGORIES)],
                doubted,
            )
            for (first, second, third), (best, better, good), accepted, why, doubted in rows
        ]

    @property
    def reference(self) -> Reference | None:
        """What the release was judged on, None where it carries nothing of it."""
        return self._release.reference

    def observe(
        self, transactions: Sequence[Transaction], descriptors: Sequence[Descriptor], best: Sequence[int]
    ) -> Rows:
        """Return what drift is counted on: the numbers, whether the merchant is known, the answer's category index."""
        model = self._release.model
        numeric = numerics(transactions, descriptors, mcc=model.vocabulary.mcc)
        _, support = model.priors.look_up([descriptor.merchant_key for descriptor in descriptors])
        return Rows(numeric, support > 0, np.asarray(best, dtype=np.int64))

    def explain(
        self,
        transactions: Sequence[Transaction],
        descriptors: Sequence[Descriptor],
        answers: ModelAnswers,
        *,
        asked: Sequence[bool] | None = None,
    ) -> list[Explanations]:
        """Return the explanations of the accepted rows that were asked for, none for the others; None is all."""
        wanted = answers.accepted if asked is None else answers.accepted & np.array(asked, dtype=np.bool_)
        rows = np.flatnonzero(wanted).tolist()
        found: list[Explanations] = [()] * len(transactions)
        told = self._explainer.explain(
            [descriptors[row] for row in rows],
            [transactions[row].mcc for row in rows],
            answers.best[rows].tolist(),
        )
        for row, explanations in zip(rows, told, strict=True):
            found[row] = explanations
        return found


class Releases:
    """The registry as a worker sees it."""

    def __init__(self, registry: RegistrySettings, *, delay_file: Path | None = None) -> None:
        self._registry = Registry(registry.registry)
        self._delay_file = delay_file

    def newest(self) -> str | None:
        """Return the newest release that loads, one whose gate said PASS before others of its as-of moment."""
        newest: Release | None = None
        for version in reversed(self._registry.versions()):
            if newest is not None and version.split("-")[0] != newest.version.split("-")[0]:
                break
            try:
                release = self._registry.load(version)
            except (ReleaseError, RegistryError) as error:
                log.warning("release_skipped", model_version=version, reason=str(error))
                continue
            if newest is None or (release.gate_verdict == PASS and newest.gate_verdict != PASS):
                newest = release
        return None if newest is None else newest.version

    def load(self, version: str) -> ReleaseModel:
        """Load, verify and try out one release; raises ReleaseError with every finding."""
        try:
            release = self._registry.load(version)
        except RegistryError as error:
            raise ReleaseError(version, [str(error)]) from error
        try:
            model = ReleaseModel(release, delay_file=self._delay_file)
        except Exception as error:
            raise _not_tried_out(version, error) from error
        try_out(model, release)
        return model


def try_out(model: ReleaseModel, release: Release) -> None:
    """Let a model answer its release's golden rows, explanations included; raises ReleaseError where that fails."""
    descriptors = [build_descriptor(one) for one in release.golden]
    try:
        model.explain(release.golden, descriptors, release.answer(release.golden, descriptors))
    except Exception as error:
        raise _not_tried_out(release.version, error) from error


def _not_tried_out(version: str, error: Exception) -> ReleaseError:
    return ReleaseError(version, [f"it cannot be tried out ({type(error).__name__})"])

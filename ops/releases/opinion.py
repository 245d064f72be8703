"""Opinion: what one release says of one transaction, what becomes of it, and why."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from schemas.events.candidate import Candidate
from schemas.events.overrides import Override
from schemas.events.transaction import Transaction
from schemas.taxonomy import CATEGORIES, Category
from schemas.text.descriptor import Descriptor
from scorer.model.explain import Explainer
from scorer.model.known_words import WordingEvidence
from scorer.model.threshold_setting import MUTED
from scorer.release.manifest import PASS
from scorer.release.release import Release
from scorer.serving.decide import is_doubted

UNSEEN: Final = "not served: nothing in this wording was seen in training"
SILENCED: Final = "not served: no confidence is enough for it"


class Opinion(Struct, frozen=True, kw_only=True):
    """The three most likely categories with their confidence, and why the first one is served or not.

    ``threshold`` is that of the first category, 2 where it is muted; ``outcome`` one clause in words; ``doubted`` has
    bit ``i`` where category ``i`` of the taxonomy is below its rule floor.
    """

    version: str
    ranked: tuple[tuple[Category, float], ...]
    threshold: float
    is_accepted: bool
    may_serve: bool
    outcome: str
    why: tuple[str, ...]
    doubted: int = 0

    @property
    def served(self) -> Category | None:
        """What a worker would serve of it."""
        return self.ranked[0][0] if self.is_accepted and self.may_serve else None

    def silences(self, rule: Candidate) -> bool:
        """Whether a worker that falls back to the rules would not serve this answer of theirs."""
        return self.may_serve and not self.is_accepted and is_doubted(self.doubted, rule)


def opinion_of(
    release: Release,
    explainer: Explainer,
    transaction: Transaction,
    descriptor: Descriptor,
    *,
    overrides: Mapping[Category, Override],
) -> Opinion:
    """Ask a release about one transaction under the overrides of a rollout record; ``explainer`` is of its model."""
    answers = release.answer([transaction], [descriptor], overrides=overrides)
    threshold, is_accepted = float(answers.bars[0]), bool(answers.accepted[0])
    outcome = "served" if is_accepted else f"not served, its threshold is {threshold:.3f}"
    if threshold >= MUTED:
        outcome = SILENCED
    if answers.evidence[0] == WordingEvidence.NONE:
        outcome = UNSEEN
    if is_accepted and release.gate_verdict != PASS:
        outcome = f"in shadow only: the gate said {release.gate_verdict}"
    why = explainer.explain([descriptor], [transaction.mcc], [int(answers.best[0])])[0]
    return Opinion(
        version=release.version,
        ranked=tuple((CATEGORIES[place], float(answers.probabilities[0, place])) for place in answers.top3[0]),
        threshold=threshold,
        is_accepted=is_accepted,
        may_serve=release.gate_verdict == PASS,
        outcome=outcome,
        why=tuple(one.text for one in why),
        doubted=int(answers.doubted[0]),
    )

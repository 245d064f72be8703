"""Release metrics: which models are loaded in which role, and the share of unsure answers that each expects."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from schemas.events.rollout import RolloutRecord
from streams import metrics
from streams.process.scoring import ServedModel


@runtime_checkable
class ExpectsFallback(Protocol):
    """A model that knows its own share of unsure answers."""

    @property
    def expected_fallback(self) -> float:
        """The share of the gate fold's rows that stayed below their threshold, 0 to 1."""


def show_models(record: RolloutRecord, loaded: Callable[[str], ServedModel | None]) -> None:
    """Export what is loaded; what stays is never away, whenever somebody scrapes."""
    named_as = ((record.control.model_version, "champion"), (record.canary.model_version, "challenger"))
    shown = {(version, role) for version, role in named_as if version is not None and loaded(version) is not None}
    before = [sample.labels for family in metrics.MODEL_INFO.collect() for sample in family.samples]
    for version, role in shown:
        metrics.MODEL_INFO.labels(version, role).set(1)
    for version, role in {(labels["model_version"], labels["role"]) for labels in before} - shown:
        metrics.MODEL_INFO.remove(version, role)
    metrics.EXPECTED_FALLBACK.clear()
    for version, role in shown:
        model = loaded(version)
        if isinstance(model, ExpectsFallback):
            metrics.EXPECTED_FALLBACK.labels(role).set(model.expected_fallback)

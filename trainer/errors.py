"""Errors of the trainer.

TrainerError                the user can do something about it: one line that says what is wrong and what to do
├── TrainingBlocked         freshness or tests of the data block a training; ``reasons`` names all
├── TrainingDataError       the rows cannot make a model; ``reason`` is one of a closed list
├── ReleaseRefused          a release was not written because it would not answer as it was trained; ``faults``
├── PromotionRefused        a release may not stand for its registry; ``faults`` names every reason
└── WarehouseError          the warehouse lacks what is read or refuses what is written; ``relation``
    └── WarehouseUnreachable    nobody answers at the DSN
"""

from collections.abc import Sequence
from enum import StrEnum

from trainer.blockers import Blocker


class DataFault(StrEnum):
    """Why rows cannot make a model."""

    EMPTY = "empty"
    TOO_FEW = "too_few"
    ONE_CLASS = "one_class"
    UNKNOWN_LABEL = "unknown_label"
    FEATURE_VERSION = "feature_version"
    NOT_FINITE = "not_finite"
    FOLDS = "folds"


class TrainerError(Exception):
    """Base of all errors of this package."""

    exit_code: int = 1


class TrainingBlocked(TrainerError):  # noqa: N818 - it is no fault of the trainer, it is the outcome
    """The checks of the data block a training; each reason ends with its remedy."""

    def __init__(self, blockers: Sequence[Blocker]) -> None:
        self.reasons = tuple(str(blocker) for blocker in blockers)
        super().__init__(f"training is blocked: {'; '.join(self.reasons)}; or train with --force and a reason")


class TrainingDataError(TrainerError):
    """The rows cannot make a model."""

    def __init__(self, reason: DataFault, what: str) -> None:
        self.reason = reason
        super().__init__(what)


class ReleaseRefused(TrainerError):  # noqa: N818
    """A release was not written."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"the release was not written: {'; '.join(self.faults)}")


class PromotionRefused(TrainerError):  # noqa: N818
    """A release is damaged, or its gate did not pass it."""

    exit_code: int = 3

    def __init__(self, version: str, faults: Sequence[str]) -> None:
        self.version = version
        self.faults = tuple(faults)
        super().__init__(f"{version} cannot be promoted: {'; '.join(self.faults)}")


class WarehouseError(TrainerError):
    """The warehouse lacks what is read from it, or refuses what is written."""

    def __init__(self, relation: str, what: str) -> None:
        self.relation = relation
        super().__init__(f"{relation}: {what}")


class WarehouseUnreachable(WarehouseError):  # noqa: N818
    """Nobody answers at the DSN."""

    exit_code = 9

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__("Postgres", f"{reason}; start it, or set LEDGERMIND_POSTGRES_DSN")

"""Errors of the scorer.

ScorerError
├── RegistryError      the registry holds no such release or cannot be written; ``location``
├── ReleaseError       a release directory cannot be served; ``faults`` names every reason
├── PolicyError        a rollout policy cannot be read; ``file`` and ``fault``
└── ThresholdsError    an override of the thresholds cannot be read; ``fault`` says why
"""

from collections.abc import Sequence

from schemas.taxonomy import CATEGORIES


class ScorerError(Exception):
    """Base of all errors of this package."""

    exit_code: int = 1


class RegistryError(ScorerError):
    """The registry cannot give or take a release."""

    def __init__(self, location: str, what: str) -> None:
        self.location = location
        super().__init__(f"registry {location}: {what}")

    exit_code: int = 1


class ReleaseError(ScorerError):
    """A release is missing, damaged or not for this program."""

    def __init__(self, path: str, faults: Sequence[str]) -> None:
        self.path = path
        self.faults = tuple(faults)
        super().__init__(f"release {path} cannot be served: {'; '.join(self.faults)}")


class ThresholdsError(ScorerError):
    """SUGGEST_THRESHOLDS_JSON is not a JSON object of category to number."""

    def __init__(self, fault: str) -> None:
        self.fault = fault
        super().__init__(f'SUGGEST_THRESHOLDS_JSON {fault}; give an object like {{"{CATEGORIES[1]}": 0.8}}')


class PolicyError(ScorerError):
    """A rollout policy is no YAML, or not what a policy must be."""

    exit_code: int = 2

    def __init__(self, file: str, fault: str) -> None:
        self.file = file
        self.fault = fault
        super().__init__(f"{file}: {fault}")

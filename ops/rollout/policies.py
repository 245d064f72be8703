"""Policies: the shipped ones by their names, or a file of one's own."""

from pathlib import Path
from typing import Final

import scorer
from ops.errors import OpsError
from scorer.rollout.policy import Policy, parse_policy

POLICIES: Final = Path(scorer.__file__).parent / "rollout" / "policies"


class UnknownPolicyError(OpsError):
    """No shipped policy and no readable file has the given name."""

    exit_code = 2


def load_policy(name: str) -> Policy:
    """Read a policy by its name, or a file; raises UnknownPolicyError, and PolicyError where its content is wrong."""
    file = POLICIES / f"{name}.yml" if name.isidentifier() else Path(name)
    try:
        return parse_policy(file.read_text(encoding="utf-8"), file=file.name)
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(sorted(path.stem for path in POLICIES.glob("*.yml")))
        raise UnknownPolicyError(f"there is no policy {name}: give one of {known}, or a file") from error

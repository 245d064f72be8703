"""Doctor: what is there, what is missing or broken, and what to do, as data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ops.local import broker_checks, program_checks
from ops.local import checks as machine
from ops.local.finding import Finding, State


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at; without what is required, `make demo` and `make test` cannot run."""

    name: str
    look: Callable[[], Finding]
    is_required: bool


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at."""

    name: str
    is_required: bool
    state: State
    found: str
    mend: str


CHECKS: Final = (
    Check("python", machine.python_version, is_required=True),
    Check("virtual environment", machine.virtual_environment, is_required=True),
    Check("lightgbm", machine.lightgbm, is_required=True),
    Check("embedded broker", program_checks.embedded_broker, is_required=True),
    Check("embedded postgres", program_checks.embedded_postgres, is_required=True),
    Check("disk space", machine.disk_space, is_required=True),
    Check("environment", machine.environment, is_required=True),
    Check("compiled trees", machine.compiled_trees, is_required=False),
    Check("memory", machine.memory, is_required=False),
    Check("java", program_checks.java, is_required=False),
    Check("maven", program_checks.maven, is_required=False),
    Check("kafka jars", program_checks.kafka_jars, is_required=False),
    Check("broker address", broker_checks.broker_address, is_required=False),
    Check("topics", broker_checks.topic_settings, is_required=False),
    Check("real data", machine.real_data, is_required=False),
)


def examine(checks: Sequence[Check] = CHECKS) -> list[Diagnosis]:
    """Look at everything, in order; a look that fails is a finding like any other."""
    return [_examine(check) for check in checks]


def ails(diagnoses: Sequence[Diagnosis]) -> list[Diagnosis]:
    """Return what is required and not well."""
    return [one for one in diagnoses if one.is_required and one.state is not State.OK]


def _examine(check: Check) -> Diagnosis:
    try:
        finding = check.look()
    except Exception as error:  # whatever it is, the other checks must still be made
        words = " ".join(str(error).split())
        finding = Finding(State.BROKEN, f"{type(error).__name__}: {words}", "run: make clean setup")
    return Diagnosis(check.name, check.is_required, finding.state, finding.found, finding.mend)

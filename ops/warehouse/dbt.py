"""dbt: run a verb of the warehouse project as a process, and say in one line what went wrong."""

import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
import psycopg
from msgspec import Struct
from psycopg.conninfo import conninfo_to_dict

from ops.errors import OpsError, PostgresError
from ops.local.process import die_with_parent
from ops.warehouse.successors import read_successors, taxonomy_variables

PROJECT: Final = Path(__file__).resolve().parents[2] / "warehouse"
TARGET: Final = Path(".ledgermind") / "dbt"
# A hash of half a million labels fits; with the server's 4 MB each join over events went through temporary files.
SESSION: Final = "-c work_mem=64MB"
FAILED: Final = frozenset({"error", "fail", "runtime error"})


class DbtError(OpsError):
    """dbt could not run, or something of it failed; ``failures`` names what, in dbt's order."""

    def __init__(self, message: str, *, failures: Sequence["NodeResult"] = ()) -> None:
        super().__init__(message)
        self.failures = tuple(failures)


class NodeResult(Struct, frozen=True):
    """What became of one model, test or source."""

    unique_id: str
    status: str
    message: str | None = None
    failures: int | None = None
    execution_time: float = 0.0

    @property
    def name(self) -> str:
        """The node's own name, without kind, project and hash."""
        kind, _, *names = self.unique_id.split(".")
        return names[0] if kind == "test" else ".".join(names)

    @property
    def is_failed(self) -> bool:
        """Whether it failed or could not run."""
        return self.status in FAILED


class Metadata(Struct, frozen=True):
    """When and by which run an artefact was written."""

    generated_at: datetime
    invocation_id: str


class RunResults(Struct, frozen=True):
    """dbt's ``run_results.json``, as far as it is needed."""

    metadata: Metadata
    results: list[NodeResult]


@dataclass(frozen=True, slots=True)
class Warehouse:
    """Where the warehouse is built: Postgres, the folder of dbt's artefacts, and how many nodes at once."""

    dsn: str
    target: Path = field(default=TARGET)
    threads: int = 4

    def environment(self) -> dict[str, str]:
        """Return what the profile reads; raises DbtError for a DSN that is none."""
        try:
            parts = conninfo_to_dict(self.dsn)
        except psycopg.ProgrammingError as error:
            raise DbtError(f"LEDGERMIND_POSTGRES_DSN is not a Postgres address: {error}") from error
        values = {
            "WAREHOUSE_HOST": parts.get("host") or "127.0.0.1",
            "WAREHOUSE_PORT": parts.get("port") or 5432,
            "WAREHOUSE_USER": parts.get("user") or "postgres",
            "WAREHOUSE_DBNAME": parts.get("dbname") or parts.get("user") or "postgres",
            "DBT_ENV_SECRET_WAREHOUSE_PASSWORD": parts.get("password") or os.environ.get("PGPASSWORD", ""),
            "WAREHOUSE_SCHEMA": "",  # no prefix: the schemas that the programs read
            "WAREHOUSE_THREADS": self.threads,
            "PGOPTIONS": os.environ.get("PGOPTIONS", SESSION),
        }
        return {name: str(value) for name, value in values.items()}


def run_dbt(
    warehouse: Warehouse,
    *verb: str,
    as_of: datetime | None = None,
    echo: Callable[[str], None] = lambda _: None,
) -> RunResults:
    """Run ``dbt <verb>``, each of its lines to ``echo``, and return what became of every node.

    ``as_of`` is the time that counts as now, by default this moment. Raises DbtError where any node failed.
    """
    target = warehouse.target.resolve()
    target.mkdir(parents=True, exist_ok=True)
    artefact = target / ("sources.json" if "freshness" in verb else "run_results.json")
    artefact.unlink(missing_ok=True)  # a run that dies must not leave the last one's word behind
    command = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", *verb, *_variables(warehouse)]
    environment = os.environ | warehouse.environment() | _as_of(as_of) | _folders(target) | _left_out(verb)
    lines: deque[str] = deque(maxlen=40)
    with subprocess.Popen(
        command,
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - one prctl, nothing that could hold a lock
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            echo(line.rstrip())
            lines.append(line.strip())
    if not artefact.exists():
        raise DbtError(f"dbt {' '.join(verb)} did not run: {_reason(lines)}")
    results = read_results(artefact)
    failures = [node for node in results.results if node.is_failed]
    if failures or process.returncode:
        raise DbtError(_say(verb, failures, _reason(lines)), failures=failures)
    return results


def read_results(artefact: Path) -> RunResults:
    """Read ``run_results.json`` or ``sources.json``; raises DbtError where it is missing or none."""
    try:
        return msgspec.json.decode(artefact.read_bytes(), type=RunResults)
    except (OSError, msgspec.MsgspecError) as error:
        raise DbtError(f"{artefact.name} cannot be read: run 'ledgermind warehouse build' first") from error


def _variables(warehouse: Warehouse) -> list[str]:
    """Return the options that name this process's taxonomy; where no database answers, dbt itself says so."""
    try:
        successors = read_successors(warehouse.dsn)
    except PostgresError:
        successors = {}
    values = taxonomy_variables(successors)
    return ["--vars", msgspec.json.encode(values).decode()] if values else []


def _as_of(as_of: datetime | None) -> dict[str, str]:
    return {"WAREHOUSE_AS_OF": "" if as_of is None else as_of.isoformat()}


def _folders(target: Path) -> dict[str, str]:
    return {
        "DBT_PROJECT_DIR": str(PROJECT),
        "DBT_PROFILES_DIR": str(PROJECT),
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(target / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def _left_out(verb: Sequence[str]) -> dict[str, str]:
    """Unit tests say whether the models are right, not whether the data is: a build leaves them to ``test``."""
    return {"DBT_EXCLUDE_RESOURCE_TYPES": "unit_test"} if verb[0] == "build" else {}


def _reason(lines: Sequence[str]) -> str:
    """Return the line after the last heading such as «Database Error», else the last line that says anything."""
    said = [line for line in lines if line]
    for place in reversed(range(len(said) - 1)):
        if said[place].endswith("Error"):
            return said[place + 1]
    return said[-1] if said else "it said nothing"


def _say(verb: Sequence[str], failures: Sequence[NodeResult], reason: str) -> str:
    if not failures:
        return f"dbt {' '.join(verb)} failed: {reason}"
    first = failures[0]
    said = [line.strip() for line in (first.message or first.status).strip().splitlines()]
    # A heading such as «Database Error in model …» is followed by what the database said.
    why = f"{said[0]}: {said[1]}" if len(said) > 1 and " Error in " in said[0] else said[0]
    more = f" and {len(failures) - 1} more" if len(failures) > 1 else ""
    return f"dbt {' '.join(verb)}: {first.name}{more} failed: {why}"

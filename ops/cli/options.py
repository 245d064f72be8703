"""Options: what several commands ask for in the same words."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ops.errors import OpsError

Dsn = Annotated[str | None, typer.Option(help="Postgres; else LEDGERMIND_POSTGRES_DSN.")]
AsOf = Annotated[str | None, typer.Option(help="Time to use as now, such as 2016-03-01 or 2016-03-01T12:00Z.")]
Target = Annotated[Path, typer.Option(help="Folder of the dbt artefacts.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class AsOfError(OpsError):
    """An option that names a time names none."""

    exit_code = 2


def postgres_dsn(given: str | None) -> str:
    """Return the DSN that was given, else the environment's."""
    if given:
        return given
    # Most commands need no settings, and reading them takes longer than all else of a preview.
    from streams.landing.settings import LandingSettings  # noqa: PLC0415
    from streams.settings import read  # noqa: PLC0415

    return read(LandingSettings).postgres_dsn.get_secret_value()


def parse_as_of(text: str | None, *, option: str = "--as-of") -> datetime | None:
    """Read a date or a time, UTC where it has no offset; raises AsOfError for anything else."""
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise AsOfError(f"{option}: {text!r} is not a time: write 2016-03-01 or 2016-03-01T12:00Z") from error
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant

"""Grafana import: the dashboards of this repository into a Grafana of one's own, by its HTTP API.

The folder is looked up (GET /api/folders/:uid) and made where it is not there (POST /api/folders); each dashboard is
created or overwritten in it by its fixed uid (POST /api/dashboards/db).
"""

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from ops.errors import OpsError

FOLDER: Final = Path(__file__).parents[1] / "deploy" / "grafana" / "dashboards"
DASHBOARDS: Final = tuple(sorted(file.stem for file in FOLDER.glob("*.json")))
TIMEOUT_SECONDS: Final = 10.0
IN_FOLDER: Final = {"uid": "ledgermind", "title": "LedgerMind"}
_MEANS: Final = {
    401: "it does not know the token; make one for a service account with the role Editor",
    403: "the token may not write dashboards; give its service account the role Editor",
    412: "a dashboard of that name or uid came from elsewhere, such as Grafana's own provisioning",
}


class GrafanaSettings(BaseSettings):
    """Read from LEDGERMIND_GRAFANA_URL and LEDGERMIND_GRAFANA_TOKEN."""

    model_config = SettingsConfigDict(env_prefix="LEDGERMIND_GRAFANA_", frozen=True, env_ignore_empty=True)

    url: Annotated[str, Field(pattern="^https?://")] = "http://127.0.0.1:3000"
    token: SecretStr | None = None


class GrafanaError(OpsError):
    """Grafana does not answer, or does not take what it is given."""

    exit_code = 4


class DashboardError(OpsError):
    """No dashboard of that name, or no token."""

    exit_code = 2


def import_dashboards(settings: GrafanaSettings, names: list[str]) -> list[str]:
    """Create or overwrite dashboards, all where none is named; return the address of each. Raises OpsError."""
    unknown = [name for name in names if name not in DASHBOARDS]
    if unknown:
        raise DashboardError(f"no dashboard {', '.join(unknown)}; there are {', '.join(DASHBOARDS)}")
    if settings.token is None:
        raise DashboardError("set LEDGERMIND_GRAFANA_TOKEN to a token of a service account with the role Editor")
    if _ask(settings, f"/api/folders/{IN_FOLDER['uid']}", missing_is_fine=True) is None:
        _ask(settings, "/api/folders", IN_FOLDER)
    found = []
    for name in names or DASHBOARDS:
        dashboard = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
        answer = _ask(
            settings,
            "/api/dashboards/db",
            {"dashboard": dashboard | {"id": None}, "folderUid": IN_FOLDER["uid"], "overwrite": True},
        )
        found.append(settings.url.rstrip("/") + str((answer or {}).get("url", "")))
    return found


def _ask(
    settings: GrafanaSettings, path: str, body: object | None = None, *, missing_is_fine: bool = False
) -> dict[str, Any] | None:
    """Return what Grafana answers, None for a 404 that is fine; raises GrafanaError for anything else."""
    assert settings.token is not None
    request = urllib.request.Request(  # noqa: S310 - the operator's own address
        settings.url.rstrip("/") + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {settings.token.get_secret_value()}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - the same
            found: dict[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        if error.code == 404 and missing_is_fine:
            return None
        means = _MEANS.get(error.code, _message(error))
        raise GrafanaError(f"Grafana at {settings.url} answers {error.code} to {path}: {means}") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise GrafanaError(f"no Grafana answers at {settings.url} ({reason}); set LEDGERMIND_GRAFANA_URL") from error


def _message(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["message"])
    except (ValueError, KeyError, TypeError):
        return str(error.reason)

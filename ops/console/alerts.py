"""Alerts: those that fire now, asked of Prometheus, each with its runbook."""

import urllib.parse
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

import ops
from ops.console.settings import DEADLINE_SECONDS
from ops.errors import OpsError
from ops.rollout.sources.metrics_client import fetch

RUNBOOKS: Final = Path(ops.__file__).parent / "deploy" / "runbooks"


class _Alert(Struct, frozen=True):
    state: str
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class _Data(Struct, frozen=True):
    alerts: list[_Alert]


class _Answer(Struct, frozen=True):
    data: _Data


class Alert(Struct, frozen=True):
    """One alert that fires; ``link`` is its runbook, None where it has none with an http address."""

    name: str
    severity: str
    summary: str
    link: str | None


def firing(prometheus: str) -> list[Alert]:
    """Return the alerts that fire, critical ones first; raises OpsError where Prometheus does not answer."""
    address = f"{prometheus.rstrip('/')}/api/v1/alerts"
    try:
        found = msgspec.json.decode(fetch(address, seconds=DEADLINE_SECONDS), type=_Answer).data.alerts
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise OpsError(f"Prometheus does not answer at {prometheus}: {error}; look at --prometheus") from error
    alerts = [_alert(one) for one in found if one.state == "firing"]
    return sorted(alerts, key=lambda one: (one.severity != "critical", one.name))


def _alert(found: _Alert) -> Alert:
    name = found.labels.get("alertname", "?")
    return Alert(name, found.labels.get("severity", ""), found.annotations.get("summary", ""), _link(name, found))


def _link(name: str, found: _Alert) -> str | None:
    """Return the console's own copy of the runbook, else the address in the alert; no other scheme becomes a link."""
    if runbook(name) is not None:
        return f"/runbooks/{urllib.parse.quote(name)}"
    address = found.annotations.get("runbook_url", "")
    return address if urllib.parse.urlsplit(address).scheme in ("http", "https") else None


def runbook(name: str) -> str | None:
    """Return the Markdown of a runbook, None where there is none of this name."""
    if not name.isalnum():
        return None
    try:
        return (RUNBOOKS / f"{name}.md").read_text(encoding="utf-8")
    except OSError:
        return None

"""Observatory: a real Prometheus with the shipped rules, scaled, and a real Alertmanager behind it."""

import json
import shutil
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from ops.local.ports import LOOPBACK, free_port
from ops.local.process import start, stop
from ops.monitoring.alert_routes import render
from ops.monitoring.alert_settings import AlertSettings
from ops.monitoring.scaled_rules import write_scaled
from ops.patience import patience_seconds, wait_for
from tests.conftest import ROOT
from tests.support.mailbox import webhook

RUNBOOKS = ROOT / "ops" / "deploy" / "runbooks"


def program(*names: str) -> str:
    """Return the first of these programs that is there; skip where none is."""
    for name in names:
        if (found := shutil.which(name)) is not None:
            return found
    pytest.skip(f"{names[0]} is not on the PATH")


def asked(address: str) -> Any:
    """Return what a page of JSON holds."""
    with urllib.request.urlopen(address, timeout=patience_seconds()) as answer:
        return json.load(answer)


@dataclass(frozen=True, slots=True)
class Observatory:
    """What scrapes programs and evaluates rules; ``address`` is Prometheus', ``posted`` what its receiver was sent."""

    address: str
    posted: list[dict[str, Any]] | None = None

    def forget(self) -> None:
        """Forget what has arrived so far, so that an alert which fires again must arrive again."""
        if self.posted is not None:
            self.posted.clear()

    def values(self, query: str) -> list[float]:
        """Return the values of an instant query."""
        found = asked(f"{self.address}/api/v1/query?{urllib.parse.urlencode({'query': query})}")
        return [float(row["value"][1]) for row in found["data"]["result"]]

    def firing(self) -> dict[str, dict[str, Any]]:
        """Return what fires, by the alert's name."""
        found = asked(f"{self.address}/api/v1/alerts")["data"]["alerts"]
        return {alert["labels"]["alertname"]: alert for alert in found if alert["state"] == "firing"}

    def arrived(self) -> set[str]:
        """Return the names of the alerts that the receiver was sent."""
        return {post["groupLabels"]["alertname"] for post in self.posted or () if post["status"] == "firing"}

    def wait_until_fires(self, name: str) -> None:
        """Wait for an alert by its name, and for its arrival where there is a receiver."""
        wait_for(
            lambda: name in self.firing(), lambda: f"{name}; there are {sorted(self.firing())}", refusals=(OSError,)
        )
        if self.posted is not None:
            self.wait_until_arrives(name)

    def wait_until_arrives(self, name: str) -> None:
        """Wait until the receiver was sent an alert."""
        wait_for(lambda: name in self.arrived(), lambda: f"arrival of {name}; there are {sorted(self.arrived())}")

    def wait_until_silent(self, *names: str) -> None:
        """Wait until none of these alerts fires."""
        wait_for(lambda: not set(names) & self.firing().keys(), f"silence of {', '.join(names)}", refusals=(OSError,))


@contextmanager
def reported_observatory(folder: Path, jobs: Mapping[str, Sequence[int]], *, factor: float) -> Iterator[Observatory]:
    """Start an observatory whose alerts go through an Alertmanager to a webhook of this machine.

    The routes are those of ``ledgermind alerts routes``. They wait for nothing, and hold nothing back under something
    critical: here each alert is to arrive by itself.
    """
    with ExitStack() as stack:
        address, posted = stack.enter_context(webhook())
        settings: dict[str, Any] = yaml.safe_load(render(AlertSettings(webhook_url=SecretStr(address))))
        settings["route"] |= {"group_wait": "0s", "group_interval": "1s"}
        manager = stack.enter_context(alertmanager(folder, yaml.safe_dump(settings | {"inhibit_rules": []})))
        watching = stack.enter_context(observatory(folder, jobs, factor=factor, alertmanager=manager))
        yield Observatory(watching.address, posted)


@contextmanager
def observatory(
    folder: Path, jobs: Mapping[str, Sequence[int]], *, factor: float, alertmanager: str | None = None
) -> Iterator[Observatory]:
    """Start a Prometheus that scrapes the ports of each job every second, under the shipped rules.

    Their durations are divided by ``factor`` and nothing else is changed. ``alertmanager`` is host:port.
    """
    command, port = program("prometheus"), free_port()
    write_scaled(folder / "rules", factor)
    scraped = [
        {"job_name": job, "static_configs": [{"targets": [f"{LOOPBACK}:{one}" for one in ports]}]}
        for job, ports in jobs.items()
    ]
    managers = [{"static_configs": [{"targets": [alertmanager]}]}] if alertmanager else []
    settings = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules/*.yml"],
        "scrape_configs": scraped,
        "alerting": {"alertmanagers": managers},
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(settings))
    options = [
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={LOOPBACK}:{port}",
        f"--web.external-url=http://{LOOPBACK}:{port}",
        f"--web.console.templates={RUNBOOKS}",
        "--rules.alert.resend-delay=1s",  # of a minute: what fires before Alertmanager is discovered is sent too late
    ]
    process = start([command, *options], log=folder / "prometheus.log")
    try:
        found = Observatory(f"http://{LOOPBACK}:{port}")
        wait_for(lambda: asked(f"{found.address}/api/v1/status/runtimeinfo"), "Prometheus", refusals=(OSError,))
        yield found
    finally:
        stop(process)


@contextmanager
def alertmanager(folder: Path, configuration: str) -> Iterator[str]:
    """Start an Alertmanager and yield its host:port; Debian has it under another name."""
    command, port = program("alertmanager", "prometheus-alertmanager"), free_port()
    (folder / "alertmanager.yml").write_text(configuration)
    options = [
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address={LOOPBACK}:{port}",
        "--cluster.listen-address=",
    ]
    process = start([command, *options], log=folder / "alertmanager.log")
    with ExitStack() as stack:
        stack.callback(stop, process)
        wait_for(
            lambda: asked(f"http://{LOOPBACK}:{port}/api/v2/status"),
            lambda: f"Alertmanager: {(folder / 'alertmanager.log').read_text()[-500:]}",
            refusals=(OSError,),
        )
        yield f"{LOOPBACK}:{port}"

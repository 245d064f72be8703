"""Kafka jars: Apache Kafka as Maven resolves it, once for every program of this machine."""

import shutil
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from ops.errors import BrokerError
from ops.local.cache import cache_directory, held
from ops.local.process import last_line, start, stop

POM: Final = Path(__file__).parents[1] / "deploy" / "kafka" / "pom.xml"
JARS_SECONDS: Final = 600.0


def fetch_jars() -> Path:
    """Return the folder with Kafka's jars, resolved by Maven the first time; raises BrokerError where that fails."""
    jars = cache_directory() / f"kafka-{version()}"
    _require("java", "a Java 17 runtime")
    with held(jars):  # two programs that start together fetch once
        if not jars.exists():
            _require("mvn", "Maven")
            _fetch(jars)
    return jars


def _fetch(jars: Path) -> None:
    arriving = jars.with_suffix(".arriving")
    shutil.rmtree(arriving, ignore_errors=True)
    log = cache_directory() / "kafka-jars.log"
    goal = [
        "mvn",
        "--batch-mode",
        "-q",
        "-f",
        str(POM),
        "dependency:copy-dependencies",
        f"-DoutputDirectory={arriving}",
    ]
    fetching = start([*goal, "-DincludeScope=runtime"], log=log)
    try:
        code = fetching.wait(JARS_SECONDS)
    finally:
        stop(fetching)
    if code != 0:
        raise BrokerError(f"Maven could not fetch Apache Kafka {version()}: {last_line(log)} (see {log})")
    arriving.rename(jars)


def _require(program: str, package: str) -> None:
    if shutil.which(program) is None:
        raise BrokerError(f"BROKER=kafka needs {package} ({program} is not on the PATH); use BROKER=embedded without")


def version() -> str:
    """Return the version of Apache Kafka that the pom names."""
    found = ElementTree.parse(POM).find(".//{*}kafka.version")  # noqa: S314 - our own file
    assert found is not None
    assert found.text is not None
    return found.text

"""Schema registry: a real one, Apicurio in memory, fetched once by Maven and kept in the project's cache."""

import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from ops.local.cache import cache_directory, held
from ops.local.ports import LOOPBACK, is_open
from ops.local.process import start, stop
from ops.patience import wait_for

VERSION: Final = "2.6.13.Final"
ARTIFACT: Final = f"io.apicurio:apicurio-registry-app:{VERSION}:tar.gz:all"


def find_program() -> Path:
    """Return the program's folder; skips where it is neither there nor can be fetched."""
    place = cache_directory().resolve() / f"apicurio-{VERSION}"
    missing = [name for name in ("java", *(() if place.exists() else ("mvn",))) if shutil.which(name) is None]
    if missing:
        pytest.skip(f"a real schema registry needs Java and Maven: {' and '.join(missing)} not on the PATH")
    with held(place):
        if not place.exists():
            _fetch(place)
    return place


def _fetch(place: Path) -> None:
    arriving = place.with_suffix(".arriving")
    shutil.rmtree(arriving, ignore_errors=True)
    command = [
        "mvn",
        "--batch-mode",
        "-q",
        "dependency:copy",
        f"-Dartifact={ARTIFACT}",
        f"-DoutputDirectory={arriving}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, cwd=place.parent)
    if done.returncode:
        pytest.skip(f"Apicurio cannot be fetched: {(done.stdout or done.stderr).strip().splitlines()[-1]}")
    (archive,) = arriving.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(arriving, filter="data")
    archive.unlink()
    arriving.rename(place)


@contextmanager
def schema_registry(folder: Path, *, port: int) -> Iterator[str]:
    """Run an empty registry until the context ends; yield the address of Confluent's API."""
    folder.mkdir(parents=True, exist_ok=True)
    (jar,) = find_program().glob("*-runner.jar")
    log = folder / "schema-registry.log"
    options = ("-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xmx384m", f"-Djava.io.tmpdir={folder}")
    process = start(
        ["java", *options, "-jar", str(jar)],
        log=log,
        environment={"QUARKUS_HTTP_HOST": LOOPBACK, "QUARKUS_HTTP_PORT": str(port)},
    )
    try:
        wait_for(lambda: is_open(port) or process.poll() is not None, f"the schema registry (see {log})")
        assert process.poll() is None, log.read_text()[-400:]
        yield f"http://{LOOPBACK}:{port}/apis/ccompat/v7"
    finally:
        stop(process)


def client(url: str) -> Any:
    """Return Confluent's own client."""
    from confluent_kafka.schema_registry import SchemaRegistryClient

    return SchemaRegistryClient({"url": url})


def register(url: str, subject: str, text: str, *, type_: str = "AVRO") -> int:
    """Register a schema; return its id."""
    from confluent_kafka.schema_registry import Schema

    return int(client(url).register_schema(subject, Schema(text, type_)))

"""Program checks: what answers when the programs that we start are asked for their version."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from ops.local.finding import Finding, State, one_line

MIN_JAVA: Final = 17
ANSWER_SECONDS: Final = 20.0


def java() -> Finding:
    """Ask Java for its version."""
    mend = f"apt install openjdk-{MIN_JAVA}-jre-headless, or BROKER=embedded"
    said = _ask("java", "-version")
    if said.state is not State.OK:
        return Finding(said.state, said.found, mend)
    number = re.search(r'version "(\d+)', said.found)
    if number is None or int(number[1]) < MIN_JAVA:
        return Finding(State.BROKEN, f"{said.found} is too old", mend)
    return said


def maven() -> Finding:
    """Ask Maven for its version."""
    said = _ask("mvn", "--batch-mode", "-v")
    return said if said.state is State.OK else Finding(said.state, said.found, "apt install maven, or BROKER=embedded")


def kafka_jars() -> Finding:
    """Look for Apache Kafka's jars in the cache."""
    from ops.local.cache import cache_directory  # noqa: PLC0415
    from ops.local.kafka_jars import version  # noqa: PLC0415

    jars = list((cache_directory() / f"kafka-{version()}").glob("*.jar"))
    if not jars:
        return Finding(
            State.MISSING, f"Apache Kafka {version()} is not cached", "nothing: the first BROKER=kafka fetches it"
        )
    return Finding(State.OK, f"Apache Kafka {version()}, {sum(jar.stat().st_size for jar in jars) >> 20} MiB")


def embedded_broker() -> Finding:
    """Run the embedded broker's binary as far as its version."""
    from ops.local.embedded_broker import find_binary  # noqa: PLC0415

    said = _ask(str(find_binary()), "--version")
    return said if said.state is State.OK else Finding(State.BROKEN, said.found, "BROKER=kafka, or an address")


def embedded_postgres() -> Finding:
    """Run the embedded Postgres as far as its version, as the user it would run as."""
    from ops.local.postgres import AS_SOMEBODY_ELSE, embedded_binaries  # noqa: PLC0415

    said = _ask(str(embedded_binaries() / "postgres"), "--version")
    if said.state is not State.OK:
        return Finding(State.BROKEN, said.found, "run: make clean setup; or give a DSN of a running Postgres")
    if os.geteuid() == 0 and _ask(*AS_SOMEBODY_ELSE, "true").state is not State.OK:
        return Finding(
            State.BROKEN,
            "Postgres refuses root, and this machine forbids user namespaces",
            "run as another user, or give a DSN of a running Postgres",
        )
    return said


def _ask(*command: str) -> Finding:
    """Run a program that answers at once; return the first line of what it says."""
    if shutil.which(command[0]) is None:
        return Finding(State.MISSING, f"{Path(command[0]).name} is not on the PATH")
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=ANSWER_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding(State.BROKEN, one_line(error))
    lines = re.sub(r"\x1b\[[\d;]*m", "", done.stdout + done.stderr).split("\n")
    return Finding(State.OK if done.returncode == 0 else State.BROKEN, lines[0].strip())

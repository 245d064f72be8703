"""Checks: what this machine has, asked one thing at a time; nothing heavy is imported before it is asked for."""

import ctypes
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Final

from schemas.environment import unknown_variables
from scorer.model.compiled import engine, library

ROOT: Final = Path(__file__).parents[2]
LOCK: Final = ROOT / "requirements.lock"
MIN_PYTHON: Final = (3, 11)
MIN_JAVA: Final = 17
GIBIBYTE: Final = 1 << 30
ENOUGH_DISK_BYTES: Final = 2 * GIBIBYTE
ENOUGH_MEMORY_BYTES: Final = 2 * GIBIBYTE
ANSWER_SECONDS: Final = 20.0
BOOTSTRAP_SERVERS: Final = "LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS"
REAL_DATA: Final = "LEDGERMIND_REAL_DATA"


class State(StrEnum):
    """How a thing is: there, not there, or there and of no use."""

    OK = "ok"
    MISSING = "missing"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, and what to do about it where it is not well."""

    state: State
    found: str
    mend: str = ""


def python_version() -> Finding:
    """Look at the interpreter that runs us."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] < MIN_PYTHON:
        return Finding(State.BROKEN, version, "install Python 3.11 or newer, then: make clean setup PYTHON=python3.11")
    return Finding(State.OK, version)


def virtual_environment(lock: Path = LOCK) -> Finding:
    """Compare what is installed with the lock file."""
    from packaging.requirements import Requirement  # noqa: PLC0415 - where it is missing, that is the finding

    if sys.prefix == sys.base_prefix:
        return Finding(State.MISSING, f"{sys.prefix} is no virtual environment", "run: make setup")
    in_clone = lock.is_file()
    lines = lock.read_text().splitlines() if in_clone else metadata.requires("ledgermind") or []
    wanted = [Requirement(line.rstrip("\\ \n")) for line in lines if re.match(r"\w", line)]
    wanted = [one for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]
    wrong = [
        f"{one.name} {installed or 'missing'}"
        for one in wanted
        if not ((installed := _installed(one.name)) and one.specifier.contains(installed, prereleases=True))
    ]
    how = "locked" if in_clone else "required"
    if wrong:
        shown = ", ".join(wrong[:3]) + (", …" if len(wrong) > 3 else "")
        mend = "run: make clean setup" if in_clone else "run: pip install --force-reinstall ledgermind"
        return Finding(State.BROKEN, f"{len(wrong)} packages are not as {how}: {shown}", mend)
    return Finding(State.OK, f"{len(wanted)} packages as {how}")


def lightgbm() -> Finding:
    """Load LightGBM's library, which needs the system's OpenMP library; importing the package takes seconds."""
    spec = importlib.util.find_spec("lightgbm")
    if spec is None or spec.origin is None:
        return Finding(State.MISSING, "not installed", "run: make setup")
    try:
        ctypes.CDLL(str(next(Path(spec.origin).parent.glob("**/lib_lightgbm.*"))))
    except OSError as error:
        if sys.platform == "linux" and not _loads("libgomp.so.1"):
            return Finding(State.MISSING, "libgomp.so.1 cannot be loaded", "run: apt install libgomp1")
        return Finding(State.BROKEN, _one_line(error), "run: make clean setup")
    return Finding(State.OK, metadata.version("lightgbm"))


def compiled_trees() -> Finding:
    """Load the library that scores trees; without it ONNX Runtime gives the same scores, in five times the time."""
    if library() is not None:
        return Finding(State.OK, engine())
    return Finding(
        State.MISSING,
        "not compiled since the source changed, ONNX Runtime scores",
        "run: apt install gcc libc6-dev; make clean setup",
    )


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


def disk_space() -> Finding:
    """Look at what is free where we work and where temporary folders go."""
    places = {Path.cwd(), Path(tempfile.gettempdir())}
    place, free = min(((place, shutil.disk_usage(place).free) for place in places), key=lambda pair: pair[1])
    found = f"{free / GIBIBYTE:.1f} GiB free in {place}"
    if free < ENOUGH_DISK_BYTES:
        return Finding(State.MISSING, found, f"make room: {ENOUGH_DISK_BYTES // GIBIBYTE} GiB are needed")
    return Finding(State.OK, found)


def memory() -> Finding:
    """Look at the memory that is free for new programs; Kafka takes one GiB, a worker a quarter of one."""
    available = re.search(r"MemAvailable:\s+(\d+) kB", _read(Path("/proc/meminfo")))
    if available is None:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        free, found = total, f"{total / GIBIBYTE:.1f} GiB in all"
    else:
        free = int(available[1]) * 1024
        found = f"{free / GIBIBYTE:.1f} GiB available"
    if free < ENOUGH_MEMORY_BYTES:
        return Finding(State.MISSING, found, "end other programs, or keep to BROKER=embedded and one worker")
    return Finding(State.OK, found)


def environment() -> Finding:
    """Look for variables with our prefixes that nothing reads."""
    faults = unknown_variables()
    if faults:
        return Finding(State.BROKEN, "; ".join(faults), "correct or unset them: a worker refuses to start")
    return Finding(State.OK, "every variable is known")


def real_data() -> Finding:
    """Look for the folder of real data that some tests use."""
    folder = os.environ.get(REAL_DATA)
    mend = f"set {REAL_DATA} to a folder of real data; without, tests on it skip"
    if not folder:
        return Finding(State.MISSING, f"{REAL_DATA} is not set", mend)
    files = sum(1 for _ in Path(folder).glob("*.csv*")) if Path(folder).is_dir() else 0
    if not files:
        return Finding(State.BROKEN, f"no CSV in {folder}", mend)
    return Finding(State.OK, f"{files} CSV files in {folder}")


def broker_address() -> Finding:
    """Ask the broker at the configured address for its topics, where an address is configured."""
    if not os.environ.get(BOOTSTRAP_SERVERS):
        return Finding(State.OK, f"{BOOTSTRAP_SERVERS} is not set, so nothing to reach")
    from streams.errors import StreamError  # noqa: PLC0415
    from streams.kafka.broker_check import reach  # noqa: PLC0415
    from streams.settings import KafkaSettings, read  # noqa: PLC0415

    try:
        kafka = read(KafkaSettings)
        topics = reach(kafka).list_topics(timeout=ANSWER_SECONDS).topics
    except StreamError as error:
        return Finding(State.MISSING, str(error), f"start it, or unset {BOOTSTRAP_SERVERS}")
    return Finding(State.OK, f"{kafka.bootstrap_servers} answers, {len(topics)} topics")


def topic_settings() -> Finding:
    """Hold the topics at the configured address against what delivery rests on."""
    if not os.environ.get(BOOTSTRAP_SERVERS):
        return Finding(State.OK, f"{BOOTSTRAP_SERVERS} is not set, so nothing to check")
    from schemas.contracts.topics import TOPICS  # noqa: PLC0415
    from streams.errors import BrokerUnreachable, StreamError  # noqa: PLC0415
    from streams.kafka.topic_check import check_topics  # noqa: PLC0415
    from streams.kafka.topic_settings import read_faults  # noqa: PLC0415
    from streams.settings import KafkaSettings, read  # noqa: PLC0415

    try:
        kafka = read(KafkaSettings)
        lines = check_topics(kafka, TOPICS)
        faults = read_faults(kafka, TOPICS)
    except BrokerUnreachable as error:
        return Finding(State.MISSING, str(error), "see the broker's address")
    except StreamError as error:
        return Finding(State.BROKEN, str(error), "run: ledgermind topics create, ledgermind topics alter")
    if faults:
        return Finding(State.BROKEN, "; ".join(fault.line for fault in faults), "run: ledgermind topics alter")
    return Finding(State.OK, "; ".join(lines) or f"all {len(TOPICS)} topics can be served")


def _ask(*command: str) -> Finding:
    """Run a program that answers at once; return the first line of what it says."""
    if shutil.which(command[0]) is None:
        return Finding(State.MISSING, f"{Path(command[0]).name} is not on the PATH")
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=ANSWER_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding(State.BROKEN, _one_line(error))
    lines = re.sub(r"\x1b\[[\d;]*m", "", done.stdout + done.stderr).split("\n")
    return Finding(State.OK if done.returncode == 0 else State.BROKEN, lines[0].strip())


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__

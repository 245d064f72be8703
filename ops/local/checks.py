"""Checks: what this machine and this installation have, asked one thing at a time; nothing heavy is imported before."""

import ctypes
import importlib.util
import os
import re
import shutil
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Final

from ops.local.finding import Finding, State, one_line
from schemas.environment import unknown_variables
from scorer.model.compiled import engine, library

ROOT: Final = Path(__file__).parents[2]
LOCK: Final = ROOT / "requirements.lock"
MIN_PYTHON: Final = (3, 11)
GIBIBYTE: Final = 1 << 30
ENOUGH_DISK_BYTES: Final = 2 * GIBIBYTE
ENOUGH_MEMORY_BYTES: Final = 2 * GIBIBYTE
REAL_DATA: Final = "LEDGERMIND_REAL_DATA"


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
        return Finding(State.BROKEN, one_line(error), "run: make clean setup")
    return Finding(State.OK, metadata.version("lightgbm"))


def compiled_trees() -> Finding:
    """Load the library that scores trees; without it ONNX Runtime gives the same scores, in ten times the time."""
    if library() is not None:
        return Finding(State.OK, engine())
    return Finding(
        State.MISSING,
        "not compiled since the source changed, ONNX Runtime scores",
        "run: apt install gcc libc6-dev; make clean setup",
    )


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

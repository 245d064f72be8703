"""The doctor looks at everything, works where LightGBM does not, and each check is seen to fail once."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.local import broker_checks, checks, program_checks
from ops.local.doctor import CHECKS, Check, Diagnosis, ails, examine
from ops.local.finding import Finding, State
from ops.local.ports import LOOPBACK, free_port
from tests.conftest import ROOT, Run

HEAVY = ("lightgbm", "confluent_kafka", "psycopg", "numpy", "faust", "dbt")
HIDE_LIBGOMP = 'mount --bind /dev/null "$0" && exec "$@"'


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the developer's own variables away."""
    for name in (broker_checks.BOOTSTRAP_SERVERS, checks.REAL_DATA):
        monkeypatch.delenv(name, raising=False)


def program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def libgomp() -> Path | None:
    """Return the system's OpenMP library as this process maps it."""
    if checks.lightgbm().state is not State.OK:
        return None
    maps = {line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if "libgomp" in line}
    return next((Path(path).resolve() for path in sorted(maps) if ".venv" not in path), None)


@pytest.mark.integration
def test_everything_is_looked_at_in_order_and_what_is_not_well_says_what_to_do() -> None:
    diagnoses = examine()
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    assert [one.name for one in diagnoses] == [check.name for check in CHECKS]
    assert [one.name for one in diagnoses if one.state is not State.OK and not one.mend] == []


def test_a_look_that_fails_is_a_finding_and_the_others_are_made() -> None:
    def explode() -> Finding:
        raise RuntimeError("the stethoscope\nbroke")

    well = Check("well", lambda: Finding(State.OK, "fine"), is_required=True)
    first, second = examine([Check("odd", explode, is_required=True), well])
    assert (first.state, first.found) == (State.BROKEN, "RuntimeError: the stethoscope broke")
    assert second.state is State.OK


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("is_required", [True, False], ids=["required", "optional"])
def test_only_what_is_required_ails(state: State, is_required: bool) -> None:
    diagnosis = Diagnosis("it", is_required, state, "", "")
    assert ails([diagnosis]) == ([diagnosis] if is_required and state is not State.OK else [])


def test_nothing_heavy_is_imported_before_it_is_looked_at() -> None:
    script = f"import sys, ops.cli.__main__, ops.cli.commands.doctor; print([n for n in {HEAVY} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


@pytest.mark.integration
def test_without_libgomp_the_command_works_and_names_the_package() -> None:
    library = libgomp()
    namespace = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", HIDE_LIBGOMP]
    if library is None or subprocess.run([*namespace, str(library), "true"], check=False).returncode != 0:
        pytest.skip("needs libgomp and a mount namespace in which to hide it")
    command = [str(Path(sys.executable).parent / "ledgermind"), "doctor", "--json"]
    done = subprocess.run([*namespace, str(library), *command], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    (found,) = [one for one in json.loads(done.stdout) if one["name"] == "lightgbm"]
    assert (found["state"], found["mend"]) == ("missing", "run: apt install libgomp1")


def test_a_lock_that_asks_for_something_else_is_named(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lines = [
        "pytest==0.1 \\",
        "    --hash=sha256:00",
        "no-such-thing==1.0",
        'neither==1 ; python_full_version < "3" \\',
    ]
    lock.write_text("\n".join(lines))
    finding = checks.virtual_environment(lock)
    assert finding.state is State.BROKEN
    assert finding.found.startswith("2 packages are not as locked: pytest ")
    assert finding.found.endswith("no-such-thing missing")


def test_outside_a_virtual_environment_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    assert checks.virtual_environment().state is State.MISSING


@pytest.mark.parametrize(
    ("script", "state"),
    [
        pytest.param(None, State.MISSING, id="none"),
        pytest.param("""echo 'openjdk version "11.0.2" 2019-01-15' >&2""", State.BROKEN, id="too old"),
        pytest.param("echo nonsense >&2", State.BROKEN, id="says no version"),
        pytest.param("exit 1", State.BROKEN, id="does not run"),
        pytest.param("""echo 'openjdk version "21" 2023-09-19' >&2""", State.OK, id="new enough"),
    ],
)
def test_java_must_be_there_and_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, state: State
) -> None:
    if script is not None:
        program(tmp_path, "java", script)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program_checks.java().state is state


def test_maven_and_the_jars_are_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("LEDGERMIND_CACHE", str(tmp_path / "cache"))
    assert (program_checks.maven().state, program_checks.kafka_jars().state) == (State.MISSING, State.MISSING)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs a user namespace")
def test_root_without_user_namespaces_cannot_run_postgres(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "unshare", "echo 'unshare failed: Operation not permitted' >&2; exit 1")
    monkeypatch.setenv("PATH", str(tmp_path))
    finding = program_checks.embedded_postgres()
    assert (finding.state, "run as another user" in finding.mend) == (State.BROKEN, True)


def test_a_full_disk_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=checks.ENOUGH_DISK_BYTES - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert checks.disk_space().state is State.MISSING


def test_little_memory_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "ENOUGH_MEMORY_BYTES", 1 << 60)
    assert checks.memory().state is State.MISSING


def test_a_misspelt_variable_is_named_with_the_likely_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGERMIND_WORKR_NAME", "x")
    finding = checks.environment()
    assert finding.state is State.BROKEN
    assert "LEDGERMIND_WORKER_NAME" in finding.found


def make_csv(folder: Path) -> str:
    (folder / "cards.csv.gz").touch()
    return str(folder)


@pytest.mark.parametrize(
    ("value", "state"),
    [
        pytest.param(lambda _: "", State.MISSING, id="not set"),
        pytest.param(lambda folder: f"{folder}/none", State.BROKEN, id="no folder"),
        pytest.param(str, State.BROKEN, id="empty folder"),
        pytest.param(make_csv, State.OK, id="a CSV"),
    ],
)
def test_real_data_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: Callable[[Path], str], state: State
) -> None:
    monkeypatch.setenv(checks.REAL_DATA, value(tmp_path))
    assert checks.real_data().state is state


def test_a_broker_that_does_not_answer_is_named(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    address = f"{LOOPBACK}:{free_port()}"
    monkeypatch.setenv(broker_checks.BOOTSTRAP_SERVERS, address)
    finding = broker_checks.broker_address()
    assert finding.state is State.MISSING
    assert address in finding.found
    assert capfd.readouterr() == ("", "")


@pytest.mark.integration
def test_a_broker_that_answers_is_well(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    broker = request.getfixturevalue("embedded_broker")
    monkeypatch.setenv(broker_checks.BOOTSTRAP_SERVERS, broker.bootstrap_servers)
    assert broker_checks.broker_address().state is State.OK


@pytest.mark.integration
def test_the_command_leaves_with_1_where_something_required_is_not_well(ledgermind: Run) -> None:
    answer = ledgermind("doctor", "--json", LEDGERMIND_WORKR_NAME="x")
    assert answer.returncode == 1
    assert {one["name"]: one["state"] for one in json.loads(answer.stdout)}["environment"] == "broken"
    table = ledgermind("doctor", LEDGERMIND_WORKR_NAME="x")
    assert table.returncode == 1
    assert "needed and not well: environment" in table.stdout


@pytest.mark.integration
def test_the_command_leaves_with_0_where_only_optional_things_are_missing(ledgermind: Run, tmp_path: Path) -> None:
    answer = ledgermind("doctor", "--json", LEDGERMIND_CACHE=str(tmp_path / "cache"))
    states = {one["name"]: one["state"] for one in json.loads(answer.stdout)}
    assert (states["kafka jars"], states["real data"]) == ("missing", "missing")
    assert answer.returncode == 0, answer.stdout

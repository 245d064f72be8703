"""The wheel is the whole program: it works from a folder that is no checkout and that holds packages of the same names.

Building and installing cost about ten seconds, once for the module, and `up` to its first suggestion about ten more.
"""

import zipfile
from pathlib import Path

import pytest

from tests.promises.installed import Installed, install, nowhere, tracked_files
from tests.promises.passed_release import write_passed_release
from tests.promises.up_program import run_up

PACKAGES = ("schemas", "rules", "scorer", "streams", "trainer", "ops", "ledgermind", "warehouse")
FOR_DEVELOPERS = {"warehouse/.sqlfluff", "warehouse/Makefile"}
COMPILED = "scorer/model/_bit_vectors"  # where a compiler was


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    installed = install(tmp_path_factory.mktemp("installed"))
    write_passed_release(installed.folder / ".ledgermind" / "registry")
    return installed


@pytest.mark.promise("The wheel holds every module and every data file", "README.md")
def test_the_wheel_holds_every_file_of_every_package(installed: Installed) -> None:
    expected = {str(file) for file in tracked_files() if file.parts[0] in PACKAGES} - FOR_DEVELOPERS
    packed = {name for name in zipfile.ZipFile(installed.wheel).namelist() if ".dist-info/" not in name}
    packed = {name for name in packed if not (name.startswith(COMPILED) and name.endswith(".so"))}
    assert (sorted(expected - packed), sorted(packed - expected - FOR_DEVELOPERS)) == ([], [])
    assert "-cp311-abi3-" in installed.wheel.name  # one wheel for every version of Python from 3.11 on


@pytest.mark.promise(
    "The command works from any folder, also from one that has its own `ops/` or `schemas/`", "README.md"
)
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("doctor", "--json"), '"embedded postgres"', id="doctor"),
        pytest.param(("rules", "check"), "no errors", id="rules check"),
        pytest.param(("rules", "explain", "TESCO STORES 3021"), "Groceries", id="rules explain"),
        pytest.param(("schemas", "check"), "", id="schemas"),
        pytest.param(("predict", "TESCO STORES 3021"), "Groceries", id="predict"),
    ],
)
def test_a_command_works_beside_packages_of_the_same_names(
    installed: Installed, arguments: tuple[str, ...], said: str
) -> None:
    done = installed.run(*arguments)
    assert (done.code, said in done.stdout) == (0, True), done.stdout + done.stderr


@pytest.mark.promise(
    "The command works from any folder, also from one that has its own `ops/` or `schemas/`", "README.md"
)
def test_a_worker_that_it_starts_is_the_wheel_s_own(installed: Installed) -> None:
    elsewhere = {"LEDGERMIND_WORKER_PORT": nowhere().rpartition(":")[2], "LEDGERMIND_WORKER_SUPERVISOR_PORT": "0"}
    done = installed.run("worker", LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS=nowhere(), **elsewhere)
    assert (done.code, "its own" in done.stderr, "no broker" in done.stderr) == (4, False, True), done.stderr


@pytest.mark.promise(
    "The command works from any folder, also from one that has its own `ops/` or `schemas/`", "README.md"
)
def test_validate_reads_a_file_of_the_folder(installed: Installed) -> None:
    (installed.folder / "lines.jsonl").write_text('{"schema_version": "1.0"}\n')
    done = installed.run("validate", "lines.jsonl")
    assert "missing" in done.stdout + done.stderr, done.stdout + done.stderr


@pytest.mark.promise(
    "The command works from any folder, also from one that has its own `ops/` or `schemas/`", "README.md"
)
def test_up_comes_to_its_first_suggestion(installed: Installed) -> None:
    with run_up(installed.folder, "--json", "--simulate", "20", command=installed.ledgermind) as up:
        up.wait_for("first suggestion after")
        assert "its own" not in up.said
        logs = "".join(log.read_text() for log in Path(up.addresses["logs"]).glob("*.log"))
        assert ("its own" in logs, up.stop()) == (False, 0)


SCRIPT = """
import ledgermind
rows = [{"description": "TESCO STORES 3021", "amount": "-12.50", "currency": "GBP"}]
by_rules, = ledgermind.score(rows)
by_both, = ledgermind.score(rows, release=ledgermind.read_release(".ledgermind/registry"))
print(ledgermind.__file__, by_rules.category, by_rules.source, by_rules.model, by_both.model is not None, sep="|")
try:
    ledgermind.score([{"description": "TESCO", "amount": -12.5}])
except ledgermind.RowError as error:
    print(error)
"""


@pytest.mark.promise("`import ledgermind` is the Python API", "README.md")
def test_a_script_scores_a_table(installed: Installed) -> None:
    done = installed.python(SCRIPT)
    assert done.code == 0, done.stderr
    answers, refused = done.stdout.splitlines()
    file, *said = answers.split("|")
    assert (Path(file).is_relative_to(installed.prefix), said) == (True, ["Groceries", "rules", "None", "True"])
    assert refused.startswith("row 0 is no transaction: ")
    assert "amount" in refused

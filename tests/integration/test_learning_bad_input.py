"""Bad input on the learning side: one clear line, an exit code that says which kind, and nothing half done."""

import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ops.local.postgres import Postgres
from ops.warehouse.migrate import migrate
from scorer.release.manifest import CALIBRATION, MANIFEST, TEXT
from tests.conftest import Run
from tests.support.small_dataset import renamed, transactions
from trainer.release.registry import Registry

pytestmark = [pytest.mark.integration, pytest.mark.warehouse]
ROWS = 1_200
AS_OF = datetime(2026, 1, 3, tzinfo=UTC)  # three days after the last transaction
MART = "marts.fct_training_view"
TABLES = ("transactions", "transaction_labels", "imports", "ml_features", "model_registry", "rejects")
VERSION = "202601010000-a"
TRANSACTION = """
insert into raw.transactions (source_topic, source_partition, source_offset, txn_id, user_id, account_id, occurred_at,
    amount, currency, description, channel)
values ('import:x', 0, %(place)s, %(txn_id)s, %(user_id)s, %(account_id)s, %(occurred_at)s, %(amount)s, %(currency)s,
    %(description)s, %(channel)s)
"""
LABEL = """
insert into raw.transaction_labels (label_event_id, txn_id, user_id, label, source, observed_at)
values ('l' || %(place)s, %(txn_id)s, %(user_id)s, %(label)s, 'import', %(known_at)s)
"""


def count(dsn: str) -> dict[str, int]:
    """Return the rows of every table that a command of this side writes; a blocked training may say so in its own."""
    with psycopg.connect(dsn) as connection:
        found = {name: connection.execute(f"select count(*) from raw.{name}").fetchone() for name in TABLES}
        runs = connection.execute("select count(*) from raw.ml_training_runs where result <> 'BLOCKED'").fetchone()
    return {name: row[0] for name, row in {**found, "runs": runs}.items() if row is not None}


class Program:
    """The command line over one database, one registry and one folder of dbt's artefacts."""

    def __init__(self, run: Run, dsn: str, folder: Path, target: Path) -> None:
        self._run, self.dsn, self._target = run, dsn, target
        self.registry = Registry(str(folder / "registry"))

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        known = {"LEDGERMIND_POSTGRES_DSN": self.dsn, "LEDGERMIND_REGISTRY": self.registry.location}
        return self._run(*arguments, **known)

    def warehouse(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(*arguments, f"--as-of={AS_OF.isoformat()}", f"--target={self._target}")

    def train(self, *arguments: str, as_of: datetime = AS_OF) -> subprocess.CompletedProcess[str]:
        quick = "--no-synthetic"  # what is asked here is whether it trains, not how well
        return self.run("train", f"--as-of={as_of.isoformat()}", f"--target={self._target}", quick, *arguments)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of dbt's artefacts."""
    return tmp_path_factory.mktemp("target")


@pytest.fixture(scope="module")
def template(postgres: Postgres) -> Iterator[str]:
    """Return the name of a database with raw transactions and labels, from which each test's own is copied."""
    with psycopg.connect(postgres.dsn, autocommit=True) as admin:
        admin.execute("create database learning_template")
    dsn = make_conninfo(postgres.dsn, dbname="learning_template")
    migrate(dsn)
    rows, labels = transactions(ROWS)
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        for place, (row, label) in enumerate(zip(rows, labels, strict=True)):
            named = {"place": place, "label": label, "known_at": row.occurred_at + timedelta(days=1)}
            cursor.execute(TRANSACTION, named | msgspec.structs.asdict(row))
            cursor.execute(LABEL, named | msgspec.structs.asdict(row))
    yield "learning_template"
    with psycopg.connect(postgres.dsn, autocommit=True) as admin:
        admin.execute("drop database learning_template with (force)")


@pytest.fixture
def program(ledgermind: Run, database: str, postgres: Postgres, template: str, target: Path, tmp_path: Path) -> Program:
    """Return the command line over a copy of the past; the first copy is built by it, the others are copied built."""
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    with psycopg.connect(postgres.dsn, autocommit=True) as admin:
        admin.execute(f"drop database {name}".encode())
        if not (target / "run_results.json").exists():
            first = Program(ledgermind, make_conninfo(postgres.dsn, dbname=template), tmp_path, target)
            steps = (
                first.run("features", f"--as-of={AS_OF.isoformat()}", "--days=400"),
                first.warehouse("warehouse", "freshness"),
                first.warehouse("warehouse", "build"),
            )
            assert [step.returncode for step in steps] == [0, 0, 0], [step.stderr[-300:] for step in steps]
        admin.execute(f"create database {name} template {template}".encode())
    return Program(ledgermind, database, tmp_path, target)


FORCE = ("--force", "a test looks at the trainer itself")


def test_what_is_in_order_trains(program: Program) -> None:
    """The counter-test: without it every refusal below could have another cause."""
    answer = program.train("--json")
    assert answer.returncode == 3, answer.stderr  # so small a past never passes its gate
    version = msgspec.json.decode(answer.stdout)["model_version"]
    assert program.registry.versions() == [version]
    assert (count(program.dsn)["model_registry"], count(program.dsn)["runs"]) == (1, 1)


@pytest.mark.parametrize(
    ("spoil", "arguments", "words"),
    [
        pytest.param("drop schema marts cascade", (), "fct_training_view does not exist", id="no mart"),
        pytest.param("drop schema marts cascade", FORCE, "run `ledgermind warehouse build`", id="no mart, forced"),
        pytest.param(f"truncate {MART}", (), "was changed after its tests had run", id="emptied mart"),
        pytest.param(f"truncate {MART}", FORCE, "the training mart is empty", id="empty mart, forced"),
        pytest.param(f"update {MART} set label = 'Groceries'", FORCE, "every label is Groceries", id="one class"),
        pytest.param(
            f"update {MART} set label = 'Lunch' where txn_id = 't00003'",
            FORCE,
            "1 labels are outside the taxonomy, the first is 'Lunch'",
            id="label outside the taxonomy",
        ),
        pytest.param(
            f"update {MART} set label = 'Cash' where txn_id = (select min(txn_id) from {MART} where label = 'Travel')",
            (),
            "was changed after its tests had run",
            id="one row changed after the tests",
        ),
        pytest.param(
            f"delete from {MART} where txn_id > 't00300'", FORCE, "load more labelled transactions", id="too few rows"
        ),
        pytest.param(
            f"update {MART} set feature_version = '0'", FORCE, "the mart holds features 0", id="features of old"
        ),
        pytest.param(
            f"""update {MART} set "numeric" = array_fill('NaN'::real, array[array_length("numeric", 1)])""",
            FORCE,
            "a feature is not finite",
            id="features that are no numbers",
        ),
    ],
)
def test_a_mart_that_cannot_be_learnt_from_is_one_line(
    program: Program, spoil: str, arguments: tuple[str, ...], words: str
) -> None:
    with psycopg.connect(program.dsn) as connection:
        connection.execute(spoil.encode())
    before = count(program.dsn)
    answer = program.train(*arguments)
    assert answer.returncode == 1
    (line,) = answer.stderr.splitlines()
    assert words in line
    assert count(program.dsn) == before
    assert program.registry.versions() == []


def test_a_stale_mart_is_one_line(program: Program) -> None:
    before = count(program.dsn)
    answer = program.train(as_of=AS_OF + timedelta(days=30))
    assert answer.returncode == 1
    (line,) = answer.stderr.splitlines()
    assert "events.transactions_by_event ends 32 days before 2026-02-02" in line
    assert (count(program.dsn), program.registry.versions()) == (before, [])


def test_a_registry_that_cannot_be_written_is_one_line(program: Program, tmp_path: Path) -> None:
    (tmp_path / "registry").write_text("no folder")
    before = count(program.dsn)
    answer = program.train()
    assert answer.returncode == 1
    (line,) = answer.stderr.splitlines()
    assert "cannot be written" in line
    assert count(program.dsn) == before


HEADER = "txn_id,occurred_at,amount,description,category\n"
GOOD = "a,2026-01-01,-1.50,CAFE,Dining\n"


@pytest.mark.parametrize(
    ("content", "arguments", "code", "words"),
    [
        pytest.param(
            b"Datum,Betrag,Text\n1,2,3\n",
            [],
            2,
            "--map occurred_at=Datum,amount=Betrag,description=Text",
            id="wrong columns",
        ),
        pytest.param(
            (HEADER + "a,2026-01-01,-1,CAF\u00c9,Dining\n").encode("latin-1"),
            [],
            2,
            "line 2 is not utf-8: give --encoding cp1252",
            id="latin-1 bytes",
        ),
        pytest.param((HEADER + GOOD).encode("utf-16-le"), [], 2, "give --encoding utf-16-le", id="UTF-16 unmarked"),
        pytest.param((HEADER + GOOD + "b,31/01/2026,-1.50,X,\n").encode(), [], 3, "occurred_at", id="another date"),
        pytest.param((HEADER + GOOD + 'b,2026-01-01,"-2,50",X,\n').encode(), [], 2, "--decimal", id="comma and point"),
        pytest.param((HEADER + 'a,2026-01-01,"1,234",X,\n').encode(), [], 2, "thousands or", id="comma either way"),
        pytest.param(
            (HEADER + GOOD + 'b,2026-01-01,"-2,50",X,\n').encode(),
            ["--decimal", "point"],
            3,
            "line 3: amount",
            id="comma against --decimal",
        ),
        pytest.param((HEADER + GOOD + "b,2026-01-01,-1.50,X,Lunch\n").encode(), [], 3, "--category-map", id="no label"),
        pytest.param(
            (HEADER + GOOD).encode(),
            ["--category-map", "Food=Lunch"],
            2,
            "'Lunch'",
            id="map to outside the taxonomy",
        ),
        pytest.param((HEADER + GOOD).encode(), ["--label-delay", "soon"], 2, "--label-delay", id="no delay"),
        pytest.param(b"", [], 2, "is empty", id="empty file"),
    ],
)
def test_a_csv_that_cannot_be_imported_is_one_line_and_loads_nothing(
    program: Program, tmp_path: Path, content: bytes, arguments: list[str], code: int, words: str
) -> None:
    (tmp_path / "bank.csv").write_bytes(content)
    before = count(program.dsn)
    answer = program.run("import", "bank.csv", *arguments)
    assert answer.returncode == code
    *refused, line = answer.stderr.splitlines()
    assert words in line
    # A refused row is named once more, on a line of its own; names of no category with how to translate them.
    assert len(refused) == (0 if code != 3 else 2 if b"Lunch" in content else 1)
    assert count(program.dsn) == before


def half(program: Program) -> None:
    program.registry.write(VERSION, {name: text for name, text in renamed(VERSION).items() if name != CALIBRATION})


def headless(program: Program) -> None:
    program.registry.write(VERSION, renamed(VERSION))
    (Path(program.registry.location) / VERSION / MANIFEST).unlink()


def cut(program: Program) -> None:
    files = renamed(VERSION)
    program.registry.write(VERSION, files | {TEXT: files[TEXT][:1_000]})


def foreign(program: Program) -> None:
    program.registry.write(VERSION, renamed(VERSION, taxonomy_version="0.9"))


def disordered(program: Program) -> None:
    classes = msgspec.json.decode(renamed(VERSION)[MANIFEST])["classes"]
    program.registry.write(VERSION, renamed(VERSION, classes=tuple(reversed(classes))))


@pytest.mark.parametrize(
    ("spoil", "code", "words", "by_newest"),
    [
        pytest.param(lambda _: None, 2, "is not a directory", 2, id="missing"),
        pytest.param(headless, 1, "manifest.json: is missing", 2, id="half-written: no manifest"),
        pytest.param(half, 1, "calibration.json: is missing", 1, id="half-written: a file is missing"),
        pytest.param(cut, 1, "text.npz: was changed", 1, id="half-written: a file is cut"),
        pytest.param(foreign, 1, "taxonomy 0.9 is not this program's", 1, id="another taxonomy"),
        pytest.param(disordered, 1, "class order differs", 1, id="another order of classes"),
    ],
)
def test_a_release_that_cannot_be_served_is_found_and_never_asked(
    ledgermind: Run, tmp_path: Path, spoil: Callable[[Program], None], code: int, words: str, by_newest: int
) -> None:
    program = Program(ledgermind, "postgresql://127.0.0.1:1/none", tmp_path, tmp_path)
    spoil(program)
    checked = program.run("verify-calibrator", str(tmp_path / "registry" / VERSION))
    assert (checked.returncode, checked.stderr) == (code, "")
    assert words in checked.stdout
    assert program.run("verify-calibrator").returncode == by_newest
    asked = program.run("predict", "TESCO STORES 3021")
    assert asked.returncode == 1
    (line,) = asked.stderr.splitlines()
    assert "holds no release that can be loaded" in line

"""Importing a file: all of it or nothing, labels with their time, and never twice."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from ops.csv_import.border import Border, BorderDoubtError
from ops.csv_import.categories import CategoryMap
from ops.csv_import.columns import CsvMap
from ops.csv_import.import_csv import ImportFailedError, ReadOtherwiseError, RowsRefusedError, import_csv
from ops.csv_import.import_plan import ImportPlan
from ops.csv_import.source import CsvFormat
from ops.csv_import.time import DateFormatError
from ops.csv_import.undo import NoSuchImportError, undo_import
from ops.warehouse.migrate import migrate
from tests.warehouse.conftest import named

pytestmark = pytest.mark.warehouse
HEADER = "txn_id,occurred_at,amount,description,category,label_observed_at\n"


@pytest.fixture(scope="module")
def database(server: str) -> str:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("create database imports")
    dsn = named(server, "imports")
    migrate(dsn)
    return dsn


@pytest.fixture
def dsn(database: str) -> str:
    with psycopg.connect(database) as connection:
        connection.execute("truncate raw.imports, raw.transactions, raw.transaction_labels")
    return database


def plan(tmp_path: Path, rows: str, *, skip_refused: bool = False, categories: str = "") -> ImportPlan:
    file = tmp_path / "bank.csv"
    file.write_text(HEADER + rows)
    return ImportPlan(
        file, CsvMap.parse(""), CsvFormat(), CategoryMap.parse(categories), timedelta(days=7), skip_refused
    )


def of(row: str, *, user: str = "ann", account: str = "giro") -> str:
    """Return a row with the columns of the owner."""
    return f"{row},{user},{account}\n"


def owned(tmp_path: Path, name: str, *rows: str) -> ImportPlan:
    file = tmp_path / name
    file.write_text("txn_id,occurred_at,amount,description,user_id,account_id\n" + "".join(rows))
    return ImportPlan(file, CsvMap.parse(""), CsvFormat(), CategoryMap.parse(""))


def labels(dsn: str) -> list[tuple[str, str, str]]:
    with psycopg.connect(dsn) as connection:
        return [
            (row[0], row[1], row[2].date().isoformat())
            for row in connection.execute(
                "select txn_id, label, observed_at at time zone 'UTC' from raw.transaction_labels order by txn_id"
            )
        ]


def count(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        return len(connection.execute("select 1 from raw.transactions where origin = 'import'").fetchall())


def test_labels_are_observed_when_the_file_says_or_a_delay_later(dsn: str, tmp_path: Path) -> None:
    rows = "a,2026-01-01,-1,X,Groceries,\nb,2026-01-01,-1,X,Eating,2026-01-03\n"
    rows += "c,2026-01-01,-1,X,,\nd,2026-01-01,-1,X,Misc,\n"
    imported = import_csv(dsn, plan(tmp_path, rows, categories="Eating=Dining,Misc="))
    assert (imported.transactions, imported.labels, imported.refused) == (4, 2, [])
    assert labels(dsn) == [("a", "Groceries", "2026-01-08"), ("b", "Dining", "2026-01-03")]


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param("b,2026-01-01,many,X,,\n", id="no amount"),
        pytest.param("b,yesterday,-1,X,,\n", id="no date"),
        pytest.param("b,2026-01-01,-1,X,Lunch,\n", id="a category that nobody mapped"),
        pytest.param("b,2026-01-03,-1,X,Dining,2026-01-01\n", id="a label before its transaction"),
        pytest.param("b,2026-01-03\n", id="half a row"),
    ],
)
def test_one_refused_row_keeps_everything_out_and_is_named_by_line(dsn: str, tmp_path: Path, bad: str) -> None:
    good = "a,2026-01-01,-1,X,,\n"
    with pytest.raises(RowsRefusedError, match="line 3") as raised:
        import_csv(dsn, plan(tmp_path, good + bad))
    assert [row.line for row in raised.value.refused] == [3]
    assert count(dsn) == 0
    imported = import_csv(dsn, plan(tmp_path, good + bad, skip_refused=True))
    assert (imported.transactions, len(imported.refused), count(dsn)) == (1, 1, 1)


def test_the_same_import_twice_loads_nothing_new(dsn: str, tmp_path: Path) -> None:
    rows = "a,2026-01-01,-1,X,Groceries,\n"
    first = import_csv(dsn, plan(tmp_path, rows))
    again = import_csv(dsn, plan(tmp_path, rows))
    assert again.is_repeat
    assert (again.import_id, again.transactions, count(dsn)) == (first.import_id, 1, 1)


ONE, TWO = "1,2026-01-01,-1.50,CAFE", "2,2026-01-02,-2.00,BAKER"
ABOVE = "above in this file; map account_id if the file holds several accounts"


@pytest.mark.parametrize(
    ("rows", "lines", "of_what"),
    [
        pytest.param([of("1,2026-01-01,-9.50,CAFE"), of(TWO)], [2], "of import ", id="another amount"),
        pytest.param([of("1,2026-01-01,1.50,CAFE")], [2], "of import ", id="another sign"),
        pytest.param(
            [of("9,2026-01-01,-1,X"), of("9,2026-01-02,-2,X"), of("9,2026-01-03,-1,X")], [3], ABOVE, id="in a file"
        ),
        pytest.param(
            [of("9,2026-01-01,-1,X"), of("9,2026-01-02,-2,X"), of("9,2026-01-03,-2,X")], [3, 4], ABOVE, id="twice"
        ),
    ],
)
def test_a_row_whose_id_names_another_amount_is_refused(
    dsn: str, tmp_path: Path, rows: list[str], lines: list[int], of_what: str
) -> None:
    first = import_csv(dsn, owned(tmp_path, "january.csv", of(ONE), of(TWO)))
    with pytest.raises(RowsRefusedError) as raised:
        import_csv(dsn, owned(tmp_path, "february.csv", *rows))
    assert [row.line for row in raised.value.refused] == lines
    assert all(of_what in row.reason for row in raised.value.refused)
    if of_what == "of import ":
        assert first.import_id in raised.value.refused[0].reason
    assert count(dsn) == 2
    for is_repeat in (False, True):
        rest = import_csv(dsn, replace(owned(tmp_path, "february.csv", *rows), skip_refused=True))
        assert ([row.line for row in rest.refused], rest.is_repeat) == (lines, is_repeat)
        assert (rest.transactions, count(dsn)) == (len(rows) - len(lines), 2 + len(rows) - len(lines))
        if not is_repeat:
            assert rest.money.money_out + rest.money.money_in == rest.transactions


def test_an_import_that_was_taken_back_contradicts_nothing(dsn: str, tmp_path: Path) -> None:
    wrong = import_csv(dsn, owned(tmp_path, "wrong.csv", of("1,2026-01-01,-15.00,CAFE")))
    right = owned(tmp_path, "right.csv", of(ONE))
    with pytest.raises(RowsRefusedError, match=f"ledgermind import --undo {wrong.import_id}"):
        import_csv(dsn, right)
    undo_import(dsn, wrong.import_id)
    assert import_csv(dsn, right).transactions == 1


@pytest.mark.parametrize(
    ("rows", "repeated", "changed"),
    [
        pytest.param([of("3,2026-01-01,-1,X")], 0, 0, id="new ids"),
        pytest.param([of(ONE, user="bob"), of(TWO, account="card")], 0, 0, id="ids of another user and account"),
        pytest.param([of(ONE), of(TWO), of("3,2026-01-03,-1,X")], 2, 0, id="an export that overlaps"),
        pytest.param([of("1,2026-01-01,-1.5,CAFE")], 1, 0, id="the same amount written otherwise"),
        pytest.param([of("1,2026-01-01,-1.50,CAFE LUNA"), of(TWO)], 2, 1, id="another text"),
        pytest.param([of("9,2026-01-01,-1,X"), of("9,2026-01-01,-1,X"), of("9,2026-01-02,-1,X")], 2, 1, id="one file"),
        pytest.param([of("1,2026-01-05,-1.5,X"), of("1,2026-01-05,-1.5,X")], 2, 1, id="both"),
    ],
)
def test_rows_that_repeat_an_id_of_the_same_account_are_loaded_and_counted(
    dsn: str, tmp_path: Path, rows: list[str], repeated: int, changed: int
) -> None:
    first = import_csv(dsn, owned(tmp_path, "january.csv", of(ONE), of(TWO)))
    assert (first.repeated_ids, first.changed_rows) == (0, 0)
    again = import_csv(dsn, owned(tmp_path, "february.csv", *rows))
    assert (again.repeated_ids, again.changed_rows) == (repeated, changed)
    assert (again.transactions, count(dsn)) == (len(rows), 2 + len(rows))


def distinct(dsn: str) -> int:
    """Return how many transactions staging would hold."""
    with psycopg.connect(dsn) as connection:
        return len(connection.execute("select distinct user_id, account_id, txn_id from raw.transactions").fetchall())


def bare(tmp_path: Path, name: str, *rows: str, categories: str = "") -> ImportPlan:
    """Return an export whose bank gives no ids."""
    file = tmp_path / name
    file.write_text("occurred_at,amount,description,category\n" + "".join(f"{row}\n" for row in rows))
    return ImportPlan(file, CsvMap.parse(""), CsvFormat(), CategoryMap.parse(categories))


COFFEE, TRAM, RENT = "2026-01-05,-1.50,COFFEE,", "2026-02-05,-2.80,TRAM,", "2026-03-01,-900,RENT,"


def test_exports_that_overlap_load_each_transaction_once(dsn: str, tmp_path: Path) -> None:
    first = import_csv(dsn, bare(tmp_path, "january.csv", COFFEE, COFFEE, TRAM))
    assert (first.transactions, first.known, distinct(dsn)) == (3, 0, 3)
    second = import_csv(dsn, bare(tmp_path, "february.csv", COFFEE, COFFEE, TRAM, TRAM, RENT))
    assert (second.transactions, second.known, second.repeated_ids, distinct(dsn)) == (2, 3, 0, 5)
    undone = undo_import(dsn, first.import_id)
    assert (undone.transactions, distinct(dsn)) == (3, 5)  # the other export brought them too
    undo_import(dsn, second.import_id)
    assert count(dsn) == 0
    assert import_csv(dsn, bare(tmp_path, "january.csv", COFFEE, COFFEE, TRAM)).transactions == 3


def test_labels_of_rows_that_were_there_already_are_loaded(dsn: str, tmp_path: Path) -> None:
    import_csv(dsn, bare(tmp_path, "plain.csv", COFFEE))
    labelled = import_csv(dsn, bare(tmp_path, "labelled.csv", COFFEE + "Dining"))
    assert (labelled.transactions, labelled.known, labelled.labels) == (0, 1, 1)
    undone = undo_import(dsn, labelled.import_id)
    assert (undone.labels, labels(dsn), distinct(dsn)) == (1, [], 1)


def test_a_file_that_reads_otherwise_than_before_is_not_loaded_beside_itself(dsn: str, tmp_path: Path) -> None:
    file = bare(tmp_path, "bank.csv", "2026-01-05,1.50,COFFEE,", "2026-01-06,2.80,TRAM,")
    first = import_csv(dsn, file)
    turned = replace(file, written=CsvFormat(flip_sign=True))
    with pytest.raises(ReadOtherwiseError, match=f"2 of its rows read otherwise.*--undo {first.import_id}"):
        import_csv(dsn, turned)
    assert count(dsn) == 2
    undo_import(dsn, first.import_id)
    assert import_csv(dsn, turned).money.money_out == 2
    somebody_else = replace(file, written=CsvFormat(user_id="bob"))
    assert import_csv(dsn, somebody_else).transactions == 2


def test_an_import_that_never_was_cannot_be_taken_back(dsn: str, tmp_path: Path) -> None:
    first = import_csv(dsn, bare(tmp_path, "bank.csv", COFFEE))
    with pytest.raises(NoSuchImportError, match=rf"the last are {first.import_id} \(bank.csv\)"):
        undo_import(dsn, "none")


def test_a_repeat_names_its_refused_rows_again(dsn: str, tmp_path: Path) -> None:
    rows = "a,2026-01-01,-1,X,,\nb,yesterday,-1,X,,\n"
    first = import_csv(dsn, plan(tmp_path, rows, skip_refused=True))
    again = import_csv(dsn, plan(tmp_path, rows, skip_refused=True))
    assert again.is_repeat
    assert again.refused == first.refused != []


def test_a_file_whose_dates_are_proven_misread_is_not_loaded_in_part(dsn: str, tmp_path: Path) -> None:
    file = tmp_path / "bank.csv"
    file.write_text("occurred_at,amount,description\n03/04/2026,-1,X\n13/04/2026,-1,X\n")
    written = CsvFormat(date_format="month-first")
    with pytest.raises(DateFormatError, match="give --date-format day-first"):
        import_csv(dsn, ImportPlan(file, CsvMap.parse(""), written, CategoryMap.parse(""), skip_refused=True))
    assert count(dsn) == 0


def test_a_database_without_tables_says_what_to_do(server: str, tmp_path: Path) -> None:
    with pytest.raises(ImportFailedError, match="warehouse migrate"):
        import_csv(server, plan(tmp_path, "a,2026-01-01,-1,X,,\n"))


@pytest.mark.skipif("LEDGERMIND_REAL_DATA" not in os.environ, reason="LEDGERMIND_REAL_DATA is not set")
def test_every_real_purchase_is_imported(dsn: str) -> None:
    file = Path(os.environ["LEDGERMIND_REAL_DATA"]) / "purchase_cards_2014_2016.csv.gz"
    imported = import_csv(dsn, ImportPlan(file, CsvMap.parse(""), CsvFormat(), CategoryMap.parse("")))
    assert imported.refused == []
    assert imported.transactions == imported.labels == count(dsn) > 70_000


BANK_FILES = Path(__file__).parents[1] / "ops" / "csv_import" / "files"


def of_bank(path: Path, **written: str) -> ImportPlan:
    return ImportPlan(path, CsvMap.parse(""), CsvFormat(**written), CategoryMap.parse(""))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "rows"), [("checking.qfx", 3), ("card.ofx", 3), ("giro.camt053.xml", 4), ("giro.sta", 3)]
)
def test_a_statement_is_loaded_once_however_often_it_comes(dsn: str, tmp_path: Path, name: str, rows: int) -> None:
    loaded = import_csv(dsn, of_bank(BANK_FILES / name))
    assert (loaded.transactions, loaded.known, loaded.repeated_ids, count(dsn)) == (rows, 0, 0, rows)
    assert import_csv(dsn, of_bank(BANK_FILES / name)).is_repeat
    on_one_line = tmp_path / "again"
    on_one_line.write_bytes((BANK_FILES / name).read_bytes() + b"\n")  # another file of the same statement
    again = import_csv(dsn, of_bank(on_one_line))
    assert again.known + again.repeated_ids == rows
    assert again.changed_rows == 0
    assert (undo_import(dsn, again.import_id).transactions, count(dsn)) == (rows, rows)


def test_a_statement_on_one_line_is_loaded_whole_or_not_at_all(dsn: str, tmp_path: Path) -> None:
    path = tmp_path / "bank.ofx"
    text = "".join((BANK_FILES / "card.ofx").read_text().splitlines())
    path.write_text(text.replace("-21.00", "many"))
    with pytest.raises(RowsRefusedError, match="line 1, transaction 2: amount: is not a number"):
        import_csv(dsn, of_bank(path))
    assert count(dsn) == 0
    path.write_text(text)
    assert (import_csv(dsn, of_bank(path)).transactions, count(dsn)) == (3, 3)


MARCH = ("2026-03-01,-9,RENT,", "2026-03-31,-1.50,COFFEE,", "2026-03-31,-2.80,TRAM,")
APRIL = ("2026-03-31,-1.50,COFFEE,", "2026-04-02,-7,BOOK,")


@pytest.mark.parametrize("order", [(MARCH, APRIL), (APRIL, MARCH)], ids=["the next", "the one before"])
@pytest.mark.parametrize(("border", "rows"), [(Border.SAME, 4), (Border.NEW, 5)], ids=["same", "new"])
def test_equal_rows_on_a_border_day_are_what_the_user_says(
    dsn: str, tmp_path: Path, order: tuple[tuple[str, ...], ...], border: Border, rows: int
) -> None:
    first, second = (bare(tmp_path, f"{number}.csv", *lines) for number, lines in enumerate(order))
    import_csv(dsn, first)
    with pytest.raises(BorderDoubtError, match="1 rows of 2026-03-31 are equal in both: give --border same"):
        import_csv(dsn, second)
    assert count(dsn) == len(order[0])
    imported = import_csv(dsn, replace(second, border=border))
    assert (distinct(dsn), imported.known) == (rows, 5 - rows)
    whole = bare(tmp_path, "whole.csv", *MARCH, *(APRIL if border is Border.NEW else APRIL[1:]))
    assert import_csv(dsn, whole).transactions == 0  # an export of both counts as many of them
    undo_import(dsn, imported.import_id)
    assert import_csv(dsn, replace(second, border=border)).import_id == imported.import_id


@pytest.mark.parametrize(
    ("earlier", "later", "known"),
    [
        pytest.param(MARCH, (*MARCH[1:], "2026-04-01,-3,X,"), 2, id="a day within both would be whole"),
        pytest.param(MARCH[1:], MARCH, 2, id="one export holds the other"),
        pytest.param(MARCH, ("2026-03-31,-5,OTHER,", "2026-04-02,-7,BOOK,"), 0, id="nothing equal"),
    ],
)
def test_other_rows_are_no_doubt(
    dsn: str, tmp_path: Path, earlier: tuple[str, ...], later: tuple[str, ...], known: int
) -> None:
    import_csv(dsn, bare(tmp_path, "earlier.csv", "2026-02-27,-1,A,", *earlier))
    assert import_csv(dsn, bare(tmp_path, "later.csv", "2026-02-28,-1,B,", *later)).known == known


def test_a_file_that_comes_again_overlapping_corrected_and_taken_back_is_counted_each_time(
    dsn: str, tmp_path: Path
) -> None:
    first = import_csv(dsn, bare(tmp_path, "march.csv", *MARCH))
    assert (first.transactions, first.known, first.reworded, distinct(dsn)) == (3, 0, 0, 3)
    again = import_csv(dsn, bare(tmp_path, "march.csv", *MARCH))
    assert (again.is_repeat, distinct(dsn)) == (True, 3)
    overlapping = import_csv(dsn, bare(tmp_path, "more.csv", *MARCH, "2026-04-02,-7,BOOK,"))
    assert (overlapping.transactions, overlapping.known, distinct(dsn)) == (1, 3, 4)
    corrected = import_csv(dsn, bare(tmp_path, "new.csv", MARCH[0], MARCH[1], "2026-03-31,-2.80,CITY TRAM,"))
    assert (corrected.transactions, corrected.known, corrected.reworded, distinct(dsn)) == (1, 2, 1, 5)
    undo_import(dsn, corrected.import_id)
    assert distinct(dsn) == 4
    undo_import(dsn, overlapping.import_id)
    assert distinct(dsn) == 3
    undo_import(dsn, first.import_id)
    assert count(dsn) == 0

"""A row is judged as a worker would judge it, whichever way it takes, and an id hides no other amount."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ops.csv_import.cells import Cells, RefusedRow
from ops.csv_import.columns import CsvMap
from ops.csv_import.row import Row
from ops.csv_import.source import CsvFormat, Opened, open_csv
from schemas.events.transaction import Transaction
from streams.process.codec import decode_transaction, encode_event


def opened(folder: Path, columns: str = "") -> Opened:
    path = folder / "bank.csv"
    path.write_text("occurred_at,amount,description,merchant,txn_id\n2024-03-01,-1.00,a,m,t\n")
    return open_csv(path, CsvMap.parse(columns), CsvFormat())


TEXT = st.text(st.characters(blacklist_categories=["Cs"]), max_size=300)


@given(description=TEXT, merchant=TEXT, txn_id=TEXT)
def test_no_text_passes_that_a_worker_would_refuse(
    description: str, merchant: str, txn_id: str, tmp_path_factory: object
) -> None:
    file = opened(tmp_path_factory.mktemp("x"))  # type: ignore[attr-defined]
    (row,) = file.read_more([Cells(2, ["2024-03-01", "-1.00", description, merchant, txn_id], 2)])
    if isinstance(row, Row):
        one = row.transaction
        assert decode_transaction(one.user_id.encode(), encode_event(one)) == one


def test_what_a_worker_refuses_is_refused_with_its_words(tmp_path: Path) -> None:
    file = opened(tmp_path)
    cells = [["2024-03-01", "-1.00", "x" * 2_000, "m", "t"], ["2024-03-01", "-1.00", "a", "m", "t" * 200]]
    for row, field in zip(file.read_more(Cells(2, one, 2) for one in cells), ("description", "txn_id"), strict=True):
        assert isinstance(row, RefusedRow)
        assert row.reason.startswith(f"{field}: is longer than")


def test_a_code_that_a_spreadsheet_made_a_number_of_is_a_code_again(tmp_path: Path) -> None:
    path = tmp_path / "bank.csv"
    path.write_text("occurred_at,amount,description,mcc\n2024-03-01,-1.00,a,742\n2024-03-01,-1.00,b,5411.0\n")
    rows = [row for row in open_csv(path, CsvMap.parse(""), CsvFormat()).rows if isinstance(row, Row)]
    assert [row.transaction.mcc for row in rows] == ["0742", "5411"]
    assert all(isinstance(row.transaction, Transaction) for row in rows)

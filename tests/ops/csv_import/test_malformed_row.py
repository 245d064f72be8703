"""A row whose cells cannot be what the header says is refused before money is read from the wrong cell."""

import pytest

from ops.csv_import.amount import DecimalMark
from ops.csv_import.cells import Cells
from ops.csv_import.malformed_row import fault_of, swallowed_line, wrong_width
from ops.csv_import.sums import SumReader, parse_directions
from ops.csv_import.time import time_reader

PLACES = {"occurred_at": 0, "description": 1, "amount": 2, "country": 3}


@pytest.mark.parametrize(
    ("cells", "is_wrong"),
    [
        pytest.param(["2024-03-01", "RENT", "-1.00", "GB"], False, id="as wide as the header"),
        pytest.param(["2024-03-01", "RENT", "-1.00"], False, id="the last cell is left out"),
        pytest.param(["2024-03-01", "RENT", "-1.00", "GB", " "], False, id="an empty cell too many"),
        pytest.param(["2024-03-01", "RENT", "-1.00", "GB", "7"], True, id="a full cell too many"),
        pytest.param(["2024-03-01", "RENT"], True, id="no amount"),
        pytest.param(["2024-03-01", "-1.00", "5.00"], True, id="the description is left out: 5.00 is the balance"),
    ],
)
def test_a_row_of_another_width_is_read_only_where_no_cell_can_have_moved(cells: list[str], is_wrong: bool) -> None:
    reason = wrong_width(cells, 4, PLACES)
    assert reason == (f"has {len(cells)} cells where the header has 4" if is_wrong else None)


def test_a_fault_counts_where_the_cell_is_read() -> None:
    def row(faults: dict[int | None, str]) -> Cells:
        return Cells(2, ["2024-03-01", "RENT", "-1.00", "GB", "x"], 2, 0, faults)

    assert fault_of(row({2: "is computed"}), PLACES) == "amount: is computed"
    assert fault_of(row({4: "is computed"}), PLACES) is None
    assert fault_of(row({None: "is not booked", 2: "is computed"}), PLACES) == "is not booked"


def test_a_quote_that_is_not_closed_does_not_swallow_the_row_below_it() -> None:
    sums = SumReader(PLACES, DecimalMark.POINT, False, parse_directions(""), True)
    read_time = time_reader("iso")
    swallowing = Cells(7, ["2024-03-01", "RENT\nno row,at all\n2024-03-02,FOOD,-2.00,GB\n", "-1.00", "GB"], 10)
    address = Cells(7, ["2024-03-01", "RENT\n1 High Street\nLondon", "-1.00", "GB"], 9)
    assert swallowed_line(swallowing, ",", PLACES, sums=sums, read_time=read_time) == 9
    assert swallowed_line(address, ",", PLACES, sums=sums, read_time=read_time) is None

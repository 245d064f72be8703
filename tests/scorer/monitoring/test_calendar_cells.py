"""A transaction is held against what is usual for its day and hour, or for a wider time where that is rarely seen."""

import numpy as np
import pytest

from scorer.features.features import NUMERIC_NAMES
from scorer.monitoring.calendar_cells import (
    CELLS,
    EVERYTHING,
    KINDS,
    MIN_CELL_ROWS,
    PLACES,
    cells_of,
    stand_for,
    with_stand_ins,
)


def rows(*times: tuple[float, float, float]) -> np.ndarray:
    numeric = np.zeros((len(times), len(NUMERIC_NAMES)), dtype=np.float32)
    for row, time in enumerate(times):
        for name, value in zip(("day", "weekday", "hour"), time, strict=True):
            numeric[row, NUMERIC_NAMES.index(name)] = value
    return numeric


@pytest.mark.parametrize(
    ("time", "cell"),
    [
        pytest.param((1, 0, 0), 0, id="the first cell"),
        pytest.param((1, 0, 5), 0, id="the end of a quarter"),
        pytest.param((1, 0, 6), 1, id="the next quarter"),
        pytest.param((1, 4, 23), 3, id="a Friday's night"),
        pytest.param((1, 5, 0), 4, id="a Saturday"),
        pytest.param((31, 6, 23), CELLS - 1, id="the last cell"),
        pytest.param((0, 0, -3), 0, id="below what a calendar has"),
        pytest.param((40, 6, 99), CELLS - 1, id="above what a calendar has"),
    ],
)
def test_a_time_has_its_cell(time: tuple[float, float, float], cell: int) -> None:
    assert cells_of(rows(time)).tolist() == [cell]


def test_no_row_has_no_cell() -> None:
    assert cells_of(rows()).shape == (0,)


def test_the_stand_ins_hold_what_their_cells_hold_together() -> None:
    by_cell = np.arange(CELLS, dtype=np.float64)
    places = with_stand_ins(by_cell)
    assert places.shape == (PLACES,)
    assert places[CELLS] == by_cell[::KINDS].sum()
    assert places[EVERYTHING] == by_cell.sum() == places[CELLS:EVERYTHING].sum()
    assert with_stand_ins(np.ones((CELLS, 3))).shape == (PLACES, 3)


@pytest.mark.parametrize(
    ("in_cell", "in_kind", "place"),
    [
        pytest.param(MIN_CELL_ROWS, 0, 9, id="enough in the cell"),
        pytest.param(MIN_CELL_ROWS - 1, MIN_CELL_ROWS, CELLS + 9 % KINDS, id="enough of the kind"),
        pytest.param(MIN_CELL_ROWS - 1, MIN_CELL_ROWS - 1, EVERYTHING, id="enough of neither"),
    ],
)
def test_where_a_cell_is_rarely_seen_a_wider_time_stands_for_it(in_cell: int, in_kind: int, place: int) -> None:
    reference = np.zeros(PLACES)
    reference[9], reference[CELLS + 9 % KINDS] = in_cell, in_kind
    assert stand_for(np.array([9]), reference).tolist() == [place]

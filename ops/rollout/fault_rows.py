"""Fault rows: a table of faults as Markdown, as the runbook prints it."""

from collections.abc import Iterator, Sequence

from scorer.backtest.fault_table import Cell


def rows_of(cells: Sequence[Cell]) -> Iterator[str]:
    """Yield a table for each number of healthy days: a row a fault, a column a share."""
    shares = sorted({cell.percent for cell in cells})
    for healthy in sorted({cell.healthy_days for cell in cells}):
        when = "as the share moves" if healthy == 0 else f"{healthy} days after the share moved"
        yield f"| fault, begins {when} | " + " | ".join(f"{share:g} %" for share in shares) + " |"
        yield "| --- |" + " --- |" * len(shares)
        for fault in dict.fromkeys(cell.fault for cell in cells):
            found = {cell.percent: cell for cell in cells if (cell.fault, cell.healthy_days) == (fault, healthy)}
            yield f"| {fault} | " + " | ".join(_text(found[share]) for share in shares) + " |"
        yield ""


def _text(cell: Cell) -> str:
    if cell.looks is None:
        return f"promoted {cell.promoted} of {cell.runs}" if cell.promoted else "held"
    seldom = "" if cell.rolled_back == cell.runs else f" ({cell.rolled_back} of {cell.runs})"
    return f"rolled back{seldom}, {_lasted(cell.looks)}, {cell.answers:,.0f} answers"


def _lasted(looks: float) -> str:
    """A look a minute."""
    for minutes, unit in ((1_440, "days"), (60, "hours")):
        if looks >= 2 * minutes:
            return f"{looks:,.0f} looks ({looks / minutes:.1f} {unit})"
    return f"{looks:,.0f} looks"

"""MT940: the statement lines (field 61) of a SWIFT MT940 or MT942 file, each with its text (field 86), as rows.

Own reading: the library for this format names no lines, gives a reversed credit a plus unless asked otherwise, and
reads an amount that is none as 0.00.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from ops.csv_import.cells import Cells, CsvSourceError, RefusedRow
from ops.csv_import.formats.mt940_fields import Mt940Field, mt940_fields
from ops.csv_import.formats.mt940_text import text_of_payment
from ops.csv_import.formats.texts import WRONG_BALANCE, joined

HEADER: Final = (
    "account_id", "occurred_at", "amount", "currency", "description", "counterparty", "text", "value_date", "reference",
    "status",
)  # fmt: skip
_LINE: Final = re.compile(
    r"(?P<value>[0-9]{6})(?P<entry>[0-9]{4})?(?P<mark>R?[CD]|E[CD])(?P<funds>[A-Z])?"
    r"(?P<amount>[0-9]{1,15},[0-9]{0,8})(?P<rest>.*)"
).fullmatch
_BALANCE: Final = re.compile(r"([CD])?(?:[0-9]{6})?([A-Z]{3})[CD]?([0-9]{1,15}(?:,[0-9]{0,8})?)").match
_SIGNS: Final = {"C": "", "RD": "", "EC": "", "D": "-", "RC": "-", "ED": "-"}
_PIVOT_YEAR: Final = 70


@dataclass(slots=True)
class _Statement:
    """What is known of the statement that is being read; money that cannot be read leaves nothing to compare."""

    account: str = ""
    currency: str = ""
    has_lines: bool = False
    is_interim: bool = False  # MT942 has no balances
    is_closed: bool = False
    money: Decimal | None = None

    def balance(self, one: Mt940Field) -> bool:
        """Take a balance in; return whether a closing one contradicts the lines before it."""
        found = _BALANCE(one.lines[0])
        if found is None:
            return False
        self.currency = found[2] or self.currency
        self.is_interim = self.is_interim or one.tag == "34F"
        amount = _decimal(found[3]) * (-1 if found[1] == "D" else 1)
        if one.tag in {"60F", "60M"}:
            self.money = amount
        elif one.tag in {"62F", "62M"}:
            self.is_closed = True
            return self.money is not None and self.money != amount
        return False


def read_mt940(lines: Iterator[str], name: str) -> Iterator[Cells | RefusedRow]:
    """Yield the header and each statement line of an MT940 file.

    A statement whose lines do not lead from its opening to its closing balance is a refused row. Raises CsvSourceError
    where there is no statement, or where the last one is cut short.
    """
    yield Cells(0, list(HEADER), 0)
    statement = _Statement()
    number = 0
    pending: Mt940Field | None = None
    has_account = False
    for one in mt940_fields(lines, name):
        if pending is not None:
            number += 1
            row = _row(pending, one if one.tag == "86" else None, statement, number)
            statement.money = _add(statement.money, row)
            yield row
            pending = None
        if one.tag == "20":
            if statement.has_lines and not (statement.is_closed or statement.is_interim):
                raise CsvSourceError(f"{name}: line {one.line}: the statement before ends without a closing balance")
            statement = _Statement()
        elif one.tag.rstrip("P") == "25":
            statement.account, has_account = one.lines[0].strip(), True
        elif one.tag in {"60F", "60M", "62F", "62M", "34F"}:
            if statement.balance(one):
                number += 1
                yield RefusedRow(one.line, WRONG_BALANCE, number)
        elif one.tag == "61":
            pending, statement.has_lines = one, True
    if pending is not None or (has_account and not (statement.is_closed or statement.is_interim)):
        raise CsvSourceError(f"{name} is MT940, but cut short: it ends without a closing balance; fetch it again")
    if not has_account:
        raise CsvSourceError(f"{name} is MT940, but names no account (field 25): fetch it again")


def _add(money: Decimal | None, row: Cells | RefusedRow) -> Decimal | None:
    if money is None or isinstance(row, RefusedRow):
        return None
    return (
        money if row.cells[HEADER.index("status")] != "booked" else money + Decimal(row.cells[HEADER.index("amount")])
    )


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace(",", ".").rstrip(".") or "0")


def _row(line: Mt940Field, text: Mt940Field | None, statement: _Statement, number: int) -> Cells | RefusedRow:
    found = _LINE(line.lines[0].strip())
    if found is None:
        return RefusedRow(
            line.line, "is no statement line as field 61 is written, such as :61:2401310131D12,50NMSCNONREF", number
        )
    try:
        value_date = _value_date(found["value"])
        booked = value_date if found["entry"] is None else _entry_date(found["entry"], value_date)
    except ValueError:
        return RefusedRow(line.line, "holds a day that does not exist", number)
    counterparty, purpose = text_of_payment(text.lines if text is not None else line.lines[1:])
    reference = found["rest"][4:].partition("//")[0].strip()
    status = "expected" if found["mark"].startswith("E") else "booked"
    amount = found["amount"].replace(",", ".").rstrip(".")
    cells = [
        statement.account,
        booked.isoformat(),
        f"{_SIGNS[found['mark']]}{amount}",
        statement.currency,
        joined([counterparty, purpose]),
        counterparty,
        purpose,
        value_date.isoformat(),
        reference,
        status,
    ]
    faults: dict[int | None, str] = {}
    if status == "expected":
        faults[None] = "is not booked: --skip-where status=expected leaves such lines out"
    return Cells(line.line, cells, line.line, number, faults)


def _value_date(text: str) -> date:
    year = int(text[:2])
    return date(year + (2000 if year < _PIVOT_YEAR else 1900), int(text[2:4]), int(text[4:]))


def _entry_date(text: str, value_date: date) -> date:
    """Return the day of booking, which leaves its year out: the one nearest to the value date."""
    days = []
    for year in (value_date.year - 1, value_date.year, value_date.year + 1):
        try:
            days.append(date(year, int(text[:2]), int(text[2:])))
        except ValueError:
            continue  # 29 February
    if not days:
        raise ValueError("no such day")
    return min(days, key=lambda day: abs((day - value_date).days))

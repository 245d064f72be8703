"""Money moved: how many rows of a file take money out and bring it in, and which days they span."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from schemas.crosswalks.country_currency import NO_CURRENCY
from schemas.events.transaction import Transaction


@dataclass(slots=True)
class MoneyMoved:
    """Counts over the rows of one file; the days are UTC, None before the first row."""

    money_in: int = 0
    money_out: int = 0
    first_day: date | None = None
    last_day: date | None = None
    without_currency: int = 0

    def add(self, transaction: Transaction) -> None:
        """Count one row; an amount of nothing is neither in nor out."""
        amount = transaction.amount
        if transaction.currency == NO_CURRENCY:
            self.without_currency += 1
        if amount[0] == "-":
            self.money_out += 1
        elif amount.strip("0."):
            self.money_in += 1
        day = transaction.occurred_at.date()
        if self.first_day is None or day < self.first_day:
            self.first_day = day
        if self.last_day is None or day > self.last_day:
            self.last_day = day

    def words(self) -> str:
        """Return the counts for people, empty where no row was counted."""
        if self.first_day is None:
            return ""
        return f"{self.money_out:,} out and {self.money_in:,} in, from {self.first_day} to {self.last_day}"

    def warnings(self, today: date | None = None) -> Iterator[str]:
        """Yield what a user should look at: amounts that all have one sign may have lost the other.

        So may days that lie after ``today``, where that is given: no bank has booked them.
        """
        if today is not None and self.last_day is not None and self.last_day > today + timedelta(days=1):
            yield f"the last day is {self.last_day}, in the future: look at --date-format and the column of the date"
        if self.without_currency:
            yield f"no currency is named for {self.without_currency:,} rows: give --currency"
        count = self.money_in + self.money_out
        if count > 1 and not self.money_out:
            yield (
                f"all {count:,} amounts are money coming in: give --flip-sign if the file has positive numbers for "
                "spending, or map amount_out and amount_in, or a direction column"
            )
        elif count > 1 and not self.money_in:
            yield f"all {count:,} amounts are money going out: if that cannot be, look at the sign and the columns"

"""CSV row: the cells of one row as a transaction, or the reason why they are none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ops.csv_import.amount import AmountError, DecimalMark, read_amount
from ops.csv_import.file import Cells, RefusedRow
from ops.csv_import.time import TimeReader
from schemas.crosswalks.country_currency import currency_of
from schemas.events.dead_letter import RecordError
from schemas.events.transaction import TRANSACTION_SCHEMA_VERSION, Channel, Transaction
from streams.process.codec import decode_transaction, encode_event

_CHANNELS: Final = {channel.value: channel for channel in Channel}


@dataclass(frozen=True, slots=True)
class Row:
    """One row that is a transaction, with the label the file gives it, as the file words it."""

    line: int
    transaction: Transaction
    category: str | None
    label_observed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Defaults:
    """What stands in for columns that a file does not have; ``currency`` None is the row's country's."""

    currency: str | None
    user_id: str
    account_id: str
    txn_id_prefix: str  # followed by the line


@dataclass(frozen=True, slots=True)
class RowReader:
    """How the rows of one file are read: where each field stands and how it is written."""

    places: Mapping[str, int]
    width: int
    decimal: DecimalMark | None
    flip_sign: bool
    read_time: TimeReader
    date_format: str
    defaults: Defaults

    def read(self, row: Cells) -> Row | RefusedRow:
        """Return the transaction of a row, judged as a worker would judge it, or why there is none."""
        cells = row.cells
        if len(cells) < self.width or any(cell.strip() for cell in cells[self.width :]):
            return RefusedRow(row.line, f"has {len(cells)} cells where the header has {self.width}")
        try:
            transaction = self._transaction(row)
            observed = self._cell(cells, "label_observed_at")
            observed_at = self._time("label_observed_at", observed) if observed else None
        except ValueError as error:
            return RefusedRow(row.line, str(error))
        judged = decode_transaction(transaction.user_id.encode(), encode_event(transaction))
        if isinstance(judged, RecordError):
            return RefusedRow(row.line, judged.detail)
        return Row(row.line, judged, self._cell(cells, "category"), observed_at)

    def _transaction(self, row: Cells) -> Transaction:
        cells, defaults = row.cells, self.defaults
        country = self._cell(cells, "country")
        country = country.upper() if country else None
        currency = self._cell(cells, "currency")
        mcc = self._cell(cells, "mcc")
        return Transaction(
            schema_version=TRANSACTION_SCHEMA_VERSION,
            txn_id=self._cell(cells, "txn_id") or self._numbered(row.line),
            user_id=self._cell(cells, "user_id") or defaults.user_id,
            account_id=self._cell(cells, "account_id") or defaults.account_id,
            occurred_at=self._time("occurred_at", cells[self.places["occurred_at"]]),
            amount=self._amount(cells[self.places["amount"]]),
            currency=currency.upper() if currency else defaults.currency or currency_of(country),
            description=cells[self.places["description"]].strip(),
            merchant=self._cell(cells, "merchant"),
            mcc=mcc.zfill(4) if mcc else None,  # spreadsheets drop leading zeros
            country=country,
            channel=self._channel(self._cell(cells, "channel")),
        )

    def _cell(self, cells: Sequence[str], field: str) -> str | None:
        place = self.places.get(field)
        return cells[place].strip() or None if place is not None else None

    def _numbered(self, line: int) -> str:
        if not self.defaults.txn_id_prefix:
            raise ValueError("txn_id: is empty")
        return f"{self.defaults.txn_id_prefix}-{line}"

    def _time(self, field: str, text: str) -> datetime:
        try:
            return self.read_time(text)
        except ValueError:
            raise ValueError(
                f"{field}: is not a time written as {self.date_format}; --date-format says how times are written"
            ) from None

    def _amount(self, text: str) -> str:
        try:
            amount = read_amount(text, self.decimal)
        except AmountError as error:
            raise ValueError(str(error)) from None
        if not self.flip_sign or not amount.strip("0."):
            return amount
        return amount[1:] if amount.startswith("-") else f"-{amount}"

    def _channel(self, text: str | None) -> Channel | None:
        if text is None:
            return None
        channel = _CHANNELS.get(text.lower())
        if channel is None:
            raise ValueError(f"channel: is none of {', '.join(_CHANNELS)}; --map channel= leaves the column out")
        return channel

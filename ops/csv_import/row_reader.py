"""Row reader: the cells of one row as a transaction, or the reason why they are none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from ops.csv_import.cells import Cells, CsvSourceError, RefusedRow
from ops.csv_import.columns import REQUIRED, SPLIT
from ops.csv_import.date_order import OTHER_ORDER, is_proof_against
from ops.csv_import.malformed_row import fault_of, swallowed_line, wrong_width
from ops.csv_import.no_transactions import BALANCE_ROW, PARTED_AMOUNT, PENDING_ROW, is_parted, is_pending, names_balance
from ops.csv_import.row import Defaults, Row
from ops.csv_import.row_ids import RowIds
from ops.csv_import.sums import SumReader, settle_currency
from ops.csv_import.time import LONGEST_TIME, TimeReader
from schemas.crosswalks.country_currency import NO_CURRENCY, currency_of
from schemas.events.dead_letter import RecordError
from schemas.events.transaction import TRANSACTION_SCHEMA_VERSION, Channel, Transaction, find_error

_TAKEN: Final = "txn_id: another amount has this id of the bank already; --map txn_id= names rows by their content"
_CHANNELS: Final = {channel.value: channel for channel in Channel}
_PLAIN_TEXT: Final = 128  # characters: below every limit of the contract
_ALWAYS: Final = frozenset({*REQUIRED, *SPLIT, "direction"})
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class RowReader:
    """How the rows of one file are read: where each field stands and how it is written.

    Formats of banks ``may_lack_id``; other tables ``may_hold_others``, rows that are no transactions. Columns of
    ``status`` say which are not booked.
    """

    places: Mapping[str, int]
    width: int
    delimiter: str
    sums: SumReader
    read_time: TimeReader
    date_format: str
    date_advice: str
    defaults: Defaults
    may_lack_id: bool = False
    may_hold_others: bool = True
    status: tuple[int, ...] = ()
    ids: RowIds = field(default_factory=RowIds)
    others: tuple[tuple[str, int], ...] = field(init=False)
    may_be_parted: bool = field(init=False)
    has_plain_defaults: bool = field(init=False)
    _amounts: dict[int, str] = field(default_factory=dict)  # by a hash of the bank's own id

    def __post_init__(self) -> None:
        others = tuple((name, place) for name, place in self.places.items() if name not in _ALWAYS)
        is_before = self.places.get("amount", -1) == self.places["description"] - 1
        owner = (self.defaults.user_id, self.defaults.account_id)
        object.__setattr__(self, "others", others)
        object.__setattr__(self, "has_plain_defaults", all(map(_is_plain, owner)))
        object.__setattr__(self, "may_be_parted", self.may_hold_others and self.delimiter == "," and is_before)

    def read(self, row: Cells) -> Row | RefusedRow:
        """Return the transaction of a row, judged as a worker would judge it, or why there is none.

        Raises CsvSourceError for a date that proves the order of day and month wrong, for all rows of the file then.
        """
        cells = row.cells
        if row.faults and (reason := fault_of(row, self.places)):
            return RefusedRow(row.line, reason, row.number)
        if len(cells) != self.width and (reason := wrong_width(cells, self.width, self.places)):
            return RefusedRow(row.line, reason)
        if row.last != row.line and (
            swallowed := swallowed_line(row, self.delimiter, self.places, sums=self.sums, read_time=self.read_time)
        ):
            reason = f"holds line {swallowed}, a row of its own: close the quote that opens before it"
            return RefusedRow(row.line, reason)
        others = self._others(cells) if self.others else _NOTHING
        try:
            transaction = self._transaction(row, others)
            observed = others.get("label_observed_at")
            observed_at = self._time(row.line, "label_observed_at", observed) if observed else None
        except ValueError as error:
            return RefusedRow(row.line, str(error), row.number)
        judged = self._judge(transaction, others)
        if isinstance(judged, RecordError):
            return RefusedRow(row.line, judged.detail, row.number)
        has_own_id = "txn_id" in others
        if has_own_id and self.may_lack_id and self._is_taken(judged):
            return RefusedRow(row.line, _TAKEN, row.number)
        return Row(row.line, judged, others.get("category"), observed_at, has_own_id, row.number)

    def _judge(self, one: Transaction, others: Mapping[str, str]) -> Transaction | RecordError:
        """Return what a worker makes of a transaction: by way of bytes where a text is long or holds odd characters."""
        if (
            _is_plain(one.description)
            and self.has_plain_defaults
            and (not others or all(map(_is_plain, others.values())))
        ):
            return find_error(one) or one
        from streams.process.codec import decode_transaction, encode_event  # noqa: PLC0415 - few rows need it

        return decode_transaction(one.user_id.encode(), encode_event(one))

    def _is_taken(self, one: Transaction) -> bool:
        """Return whether an earlier transaction of another amount has the same id: the later one would hide it."""
        return self._amounts.setdefault(hash((one.user_id, one.account_id, one.txn_id)), one.amount) != one.amount

    def _transaction(self, row: Cells, others: Mapping[str, str]) -> Transaction:
        cells, defaults = row.cells, self.defaults
        description = cells[self.places["description"]].strip()
        if self.may_hold_others and names_balance(description):
            raise ValueError(BALANCE_ROW)
        if self.status and is_pending(cells, self.status):
            raise ValueError(PENDING_ROW)
        other = others.get
        country = other("country")
        country = country.upper() if country else None
        mcc = other("mcc")
        occurred_at = self._time(row.line, "occurred_at", cells[self.places["occurred_at"]])
        money = self.sums.read(cells)
        currency = other("currency")
        said, by = (currency.upper(), "its column") if currency else (defaults.currency, defaults.currency_by)
        settled = said if money.currency is None else settle_currency(money.currency, said=said, by=by)
        if settled is None:
            settled = currency_of(country)
            if money.currency is not None and settled not in money.currency.possible:
                settled = NO_CURRENCY
        user_id = other("user_id") or defaults.user_id
        account_id = other("account_id") or defaults.account_id
        if self.may_be_parted and is_parted(cells[self.places["amount"]], description):
            raise ValueError(PARTED_AMOUNT)
        txn_id = other("txn_id")
        if txn_id is None:
            if "txn_id" in self.places and not self.may_lack_id:
                raise ValueError("txn_id: is empty")
            txn_id = self.ids.name(
                user_id=user_id, account_id=account_id, day=occurred_at.date(), amount=money.amount, currency=settled,
                description=description,
            )  # fmt: skip
        return Transaction(
            schema_version=TRANSACTION_SCHEMA_VERSION,
            txn_id=txn_id,
            user_id=user_id,
            account_id=account_id,
            occurred_at=occurred_at,
            amount=money.amount,
            currency=settled,
            description=description,
            merchant=other("merchant"),
            mcc=mcc.removesuffix(".0").zfill(4) if mcc else None,  # spreadsheets drop leading zeros, pandas adds .0
            country=country,
            channel=self._channel(other("channel")),
        )

    def _others(self, cells: Sequence[str]) -> dict[str, str]:
        """Return what a row says beside date, amount and description, without what it leaves empty."""
        count = len(cells)
        return {name: text for name, place in self.others if place < count and (text := cells[place].strip())}

    def _time(self, line: int, name: str, text: str) -> datetime:
        try:
            return self.read_time(text if len(text) <= LONGEST_TIME else text.strip())  # what is read is kept
        except ValueError:
            pass
        if is_proof_against(text, self.date_format):
            other = OTHER_ORDER[self.date_format]
            raise CsvSourceError(
                f"line {line}: {name} is a date only {other}, so --date-format {self.date_format} misreads the rows "
                f"before it: give --date-format {other}"
            )
        if not text.strip():
            raise ValueError(f"{name}: is empty")
        raise ValueError(f"{name}: is not a time written as {self.date_format}; {self.date_advice}")

    def _channel(self, text: str | None) -> Channel | None:
        if text is None:
            return None
        channel = _CHANNELS.get(text.lower())
        if channel is None:
            raise ValueError(f"channel: is none of {', '.join(_CHANNELS)}; --map channel= leaves the column out")
        return channel


def _is_plain(text: str) -> bool:
    """Return whether a text keeps every limit of the contract, without counting its bytes."""
    return 0 < len(text) <= _PLAIN_TEXT and text.isprintable()

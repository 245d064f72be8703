"""OFX: the statements of an OFX or QFX file, version 1 and 2, as rows of cells."""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from ops.csv_import.cells import Cells, CsvSourceError, RefusedRow
from ops.csv_import.formats.ofx_tokens import Token, sgml_tokens, xml_tokens
from ops.csv_import.formats.texts import joined

HEADER: Final = (
    "txn_id", "account_id", "occurred_at", "amount", "currency", "description", "name", "memo", "type", "check_number",
    "status",
)  # fmt: skip
HEAD: Final = 4_096
_BOOKED, _PENDING = "STMTTRN", "STMTTRNP"
_ACCOUNTS: Final = {"BANKACCTFROM", "CCACCTFROM", "INVACCTFROM", "LOANACCTFROM"}
_PARTS: Final = {"CURRENCY", "ORIGCURRENCY", "PAYEE", "BANKACCTTO", "CCACCTTO", "IMAGEDATA"}
_LISTS: Final = {"BANKTRANLIST", "BANKTRANLISTP", "INVTRANLIST", "LOANTRANLIST"}
_TIME: Final = re.compile(
    r"([0-9]{4})([0-9]{2})([0-9]{2})(?:([0-9]{2})([0-9]{2})([0-9]{2})?(?:\.[0-9]{1,9})?)?"
    r"\s*(?:\[\s*([+-]?[0-9]{1,2})(?:([.:])([0-9]{1,2}))?(?::?[^\]]{0,32})\])?"
).fullmatch
_NUMBER: Final = re.compile(r"[+-]?[0-9.,]+").fullmatch
_CHARSET: Final = re.compile(rb"(ENCODING|CHARSET)\s*:\s*([A-Za-z0-9_-]{1,20})")
_CODECS: Final = {"1252": "cp1252", "8859-1": "cp1252", "ISO-8859-1": "cp1252", "UTF-8": "utf-8", "UTF8": "utf-8"}


def ofx_encoding(stream: BinaryIO, given: str) -> str:
    """Return the encoding of OFX 1: UTF-8 where all bytes read as it, else what its head says, else ``given``.

    Banks write UTF-8 below a head that says 1252; bytes of another encoding do not read as UTF-8 by chance.
    """
    said = {key.decode(): value.decode().upper() for key, value in _CHARSET.findall(stream.read(HEAD))}
    stream.seek(0)
    declared = _CODECS.get(said.get("CHARSET", ""), _CODECS.get(said.get("ENCODING", ""), given))
    return "utf-8" if _reads_as_utf8(stream) else "cp1252" if declared == "utf-8" else declared


def _reads_as_utf8(stream: BinaryIO) -> bool:
    tail = b""
    try:
        while block := stream.read(1 << 20):
            whole = tail + block
            cut = whole.rfind(b"<") + 1  # a letter of several bytes holds no such byte
            whole[:cut].decode()
            tail = whole[cut:]
        tail.decode()
    except UnicodeDecodeError:
        return False
    finally:
        stream.seek(0)
    return True


def read_ofx(
    stream: BinaryIO, name: str, *, encoding: str | None, is_signed: bool = True
) -> Iterator[Cells | RefusedRow]:
    """Yield the header and each transaction of an OFX file; an encoding of None is OFX 2, which says its own.

    Where amounts are ``is_signed``, one whose sign contradicts its type DEBIT or CREDIT is a fault of its row.

    Raises CsvSourceError for a file that is no OFX, cut short, or without a statement.
    """
    yield Cells(0, list(HEADER), 0)
    tokens = xml_tokens(stream, name) if encoding is None else sgml_tokens(stream, name, encoding)
    try:
        yield from _Statements(name, is_signed=is_signed).read(tokens)
    except UnicodeError:
        raise CsvSourceError(f"{name} is not {encoding}: give --encoding") from None


class _Statements:
    """What is known while a file is read: account, currency, and the transaction that is open."""

    def __init__(self, name: str, *, is_signed: bool) -> None:
        self._name = name
        self._is_signed = is_signed
        self._number = 0
        self._account: dict[str, str] = {}
        self._currency = ""
        self._part = ""
        self._open: dict[str, str] | None = None
        self._line = 0
        self._kind = _BOOKED

    def read(self, tokens: Iterator[Token]) -> Iterator[Cells]:
        """Yield the transactions; raises CsvSourceError where the file ends too soon or holds no statement."""
        is_closed = has_list = False
        for token in tokens:
            if token.is_open and token.text:
                self._value(token)
            elif token.is_open:
                if token.tag in {_BOOKED, _PENDING}:
                    if self._open is not None:
                        raise CsvSourceError(f"{self._name}: line {token.line}: the transaction before is not closed")
                    self._open, self._line, self._kind = {}, token.line, token.tag
                elif token.tag in _ACCOUNTS:
                    self._account = {}
                    self._part = token.tag
                elif token.tag in _PARTS:
                    self._part = token.tag
                has_list = has_list or token.tag in _LISTS
            else:
                if token.tag in {_BOOKED, _PENDING} and self._open is not None:
                    self._number += 1
                    yield self._row(self._open)
                    self._open = None
                if token.tag == self._part:
                    self._part = ""
                is_closed = is_closed or token.tag == "OFX"
        if not is_closed:
            raise CsvSourceError(f"{self._name} is OFX, but cut short: it ends before </OFX>; fetch it again")
        if not has_list:
            raise CsvSourceError(f"{self._name} is OFX, but holds no transactions of an account: fetch it again")

    def _value(self, token: Token) -> None:
        if token.tag == "CURDEF":
            self._currency = token.text
        elif self._part in _ACCOUNTS:
            self._account.setdefault(token.tag, token.text)
        elif self._open is not None:
            self._open.setdefault(f"{self._part}/{token.tag}" if self._part else token.tag, token.text)

    def _row(self, found: dict[str, str]) -> Cells:
        name = found.get("NAME") or found.get("PAYEE/NAME", "")
        memo = found.get("MEMO", "")
        texts = [name, found.get("EXTDNAME", ""), memo]
        status = "booked" if self._kind == _BOOKED else "pending"
        cells = [
            found.get("FITID", ""),
            "/".join(self._account[key] for key in ("BANKID", "BROKERID", "ACCTID") if key in self._account),
            as_time(found.get("DTPOSTED") or found.get("DTTRAN", "")),
            found.get("TRNAMT", ""),
            found.get("CURRENCY/CURSYM") or self._currency,
            joined(texts),
            name,
            memo,
            found.get("TRNTYPE", "").upper(),
            found.get("CHECKNUM", ""),
            status,
        ]
        return Cells(self._line, cells, self._line, self._number, _faults(cells, status, self._is_signed))


def _faults(cells: list[str], status: str, is_signed: bool) -> dict[int | None, str]:
    if status == "pending":
        return {None: "is pending: --skip-where status=pending leaves it out"}
    amount = cells[HEADER.index("amount")].strip()
    is_out, kind = amount.startswith("-"), cells[HEADER.index("type")]
    if (
        is_signed
        and _NUMBER(amount)
        and amount.strip("-+0.,")
        and ((kind == "DEBIT" and not is_out) or (kind == "CREDIT" and is_out))
    ):
        sign = "negative" if is_out else "positive"
        return {None: f"amount: is {sign} and TRNTYPE says {kind}; --map direction=type reads amounts without a sign"}
    return {}


def as_time(text: str) -> str:
    """Return a time of OFX in ISO 8601, or the text as it is where it is none.

    Without an offset it is UTC, as OFX says; midnight is a day and no instant, so the bank's day is kept.
    """
    found = _TIME(text.strip()) if len(text) <= 64 else None
    if found is None:
        return text
    day = "-".join(found.group(1, 2, 3))
    hour, minute, second = (part or "00" for part in found.group(4, 5, 6))
    if hour == minute == second == "00":
        return day
    offset = int(found[7] or 0)
    part = found[9] or "0"  # [+5.5:IST] is half an hour more, [+5:30] is thirty minutes
    minutes = int(part.ljust(2, "0")) * 60 // 100 if found[8] == "." else int(part)
    sign = "-" if (found[7] or "").startswith("-") else "+"
    return f"{day}T{hour}:{minute}:{second}{sign}{abs(offset):02}:{minutes:02}"

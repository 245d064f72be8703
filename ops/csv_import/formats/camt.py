"""CAMT: the entries of an ISO 20022 statement (camt.053), report (camt.052) or notification (camt.054) as rows."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import BinaryIO, Final

from ops.csv_import.cells import Cells, CsvSourceError, RefusedRow
from ops.csv_import.formats.camt_statement import IS_AMOUNT, NOT_BOOKED, SIGNS, CamtPart, CamtStatement
from ops.csv_import.formats.texts import WRONG_BALANCE, joined
from ops.csv_import.formats.xml_events import XmlEvent, xml_events

HEADER: Final = (
    "txn_id", "account_id", "occurred_at", "amount", "currency", "description", "counterparty", "text", "value_date",
    "status",
)  # fmt: skip
_STATEMENTS: Final = {"Stmt", "Rpt", "Ntfctn"}
_NO_REFERENCE: Final = {"", "NONREF", "NOTPROVIDED", "NOT PROVIDED", "0"}
LONGEST_USTRD: Final = 140  # a longer text goes on in the next one


def read_camt(stream: BinaryIO, name: str) -> Iterator[Cells | RefusedRow]:
    """Yield the header and each entry of a CAMT file, or the details of an entry that add up to it.

    A statement whose entries do not lead from its opening to its closing balance is a refused row. Raises
    CsvSourceError for a file that is no XML, cut short, or without a statement.
    """
    yield Cells(0, list(HEADER), 0)
    path: list[str] = []
    statement = CamtStatement()
    part: CamtPart | None = None  # the entry or balance that is open
    details: list[CamtPart] = []
    number = 0
    has_statement = False
    for event in xml_events(stream, name):
        if event.is_start:
            path.append(event.tag)
            if event.tag in _STATEMENTS:
                statement, has_statement = CamtStatement(), True
            elif event.tag in {"Ntry", "Bal"} and path[-2:-1] and path[-2] in _STATEMENTS:
                part, details = CamtPart(event.line), []
            elif event.tag == "TxDtls" and part is not None:
                details.append(CamtPart(event.line))
        if part is not None:
            _note(event, path, part, details)
        elif event.text:
            statement.note(_below(path, _STATEMENTS), event.text)
        if event.is_start:
            continue
        path.pop()
        for row in _ended(event, statement, part if path and path[-1] in _STATEMENTS else None, details):
            number += 1
            yield row._replace(number=number) if isinstance(row, Cells) else replace(row, number=number)
        if event.tag in {"Ntry", "Bal"} and path and path[-1] in _STATEMENTS:
            part = None
    if not has_statement:
        raise CsvSourceError(f"{name} is XML, but holds no statement of an account: ask the bank for camt.053 or CSV")


def _ended(
    event: XmlEvent, statement: CamtStatement, part: CamtPart | None, details: list[CamtPart]
) -> Iterator[Cells | RefusedRow]:
    """Yield the rows that an element makes when it ends."""
    if part is not None and event.tag == "Bal":
        statement.balance(part)
    elif part is not None and event.tag == "Ntry":
        statement.add(part)
        for detail in _parts(part, details):
            yield _row(part, details if detail is None else [detail], statement.account_id)
    elif event.tag in _STATEMENTS and statement.is_wrong():
        yield RefusedRow(event.line, WRONG_BALANCE)


def _note(event: XmlEvent, path: list[str], part: CamtPart, details: list[CamtPart]) -> None:
    """Keep a text, or the currency of an amount, with the entry or the detail that it stands in."""
    target = details[-1] if details and "TxDtls" in path else part
    below = _below(path, {"Ntry", "Bal"} if target is part else {"TxDtls"})
    if event.is_start and "Ccy" in event.attributes:
        target.texts.setdefault(f"{below}@Ccy", []).append(event.attributes["Ccy"])
    elif event.text:
        target.texts.setdefault(below, []).append(event.text)


def _below(path: list[str], tags: set[str]) -> str:
    at = next((place for place in range(len(path) - 1, -1, -1) if path[place] in tags), len(path))
    return "/".join(path[at + 1 :])


def _parts(entry: CamtPart, details: list[CamtPart]) -> list[CamtPart | None]:
    """Return the details that are rows of their own: several, each with an amount, that add up to their entry."""
    total, way, currency = entry.first("Amt"), entry.first("CdtDbtInd"), entry.first("Amt@Ccy")
    amounts = [_amount_of(detail) for detail in details]
    if len(details) < 2 or not IS_AMOUNT(total) or not all(IS_AMOUNT(amount) for amount, _ in amounts):
        return [None]
    if any(code != currency for _, code in amounts) or any(
        detail.first("CdtDbtInd") not in {"", way} for detail in details
    ):
        return [None]
    if sum(Decimal(amount) for amount, _ in amounts) != Decimal(total):
        return [None]
    for detail in details:
        detail.is_row = True
    return list(details)


def _amount_of(detail: CamtPart) -> tuple[str, str]:
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        if path in detail.texts:
            return detail.first(path), detail.first(f"{path}@Ccy")
    return "", ""


def _row(entry: CamtPart, details: list[CamtPart], account: str) -> Cells:
    """Return the row of an entry with all its details, or of one detail that is a row of its own."""
    way, status = entry.first("CdtDbtInd").upper(), entry.first("Sts/Cd", "Sts").upper()
    detail = details[0] if details else CamtPart(entry.line)
    amount, line = entry.first("Amt"), entry.line
    if len(details) == 1 and _amount_of(detail)[0] and detail.is_row:
        amount, line = _amount_of(detail)[0], detail.line
    side = "Cdtr" if way == "DBIT" else "Dbtr"
    counterparty = detail.first(f"RltdPties/{side}/Nm", f"RltdPties/{side}/Pty/Nm") if len(details) == 1 else ""
    texts = detail.texts.get("RmtInf/Ustrd", [])
    text = "".join(texts) if all(len(one) == LONGEST_USTRD for one in texts[:-1]) else " ".join(texts)
    if len(details) > 1:
        text = entry.first("AddtlNtryInf") or text
    text = text or detail.first("AddtlTxInf") or entry.first("AddtlNtryInf")
    cells = [
        _reference(entry, details), account, entry.first("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"),
        f"{SIGNS.get(way, '')}{amount}", entry.first("Amt@Ccy"), joined([counterparty, text]), counterparty, text,
        entry.first("ValDt/Dt", "ValDt/DtTm"), status,
    ]  # fmt: skip
    return Cells(line, cells, line, 0, _faults(way, amount, status))


def _reference(entry: CamtPart, details: list[CamtPart]) -> str:
    """Return the bank's own reference, which it makes to name the entry; a number within the statement is none."""
    own = details[0].first("Refs/AcctSvcrRef") if len(details) == 1 else ""
    found = own if details and details[0].is_row else entry.first("AcctSvcrRef") or own
    return "" if found.upper() in _NO_REFERENCE else found


def _faults(way: str, amount: str, status: str) -> dict[int | None, str]:
    if way not in SIGNS:
        return {None: "CdtDbtInd: is neither CRDT nor DBIT, so nobody knows which way the money goes"}
    if not IS_AMOUNT(amount):
        return {None: "Amt: is not a number as ISO 20022 writes it, such as 12.50"}
    if status in NOT_BOOKED:
        return {None: f"is not booked: --skip-where status={status} leaves such entries out"}
    return {}

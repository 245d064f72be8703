"""CAMT statement: the texts of an entry by their path, and what a statement's entries and balances come to."""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

_ACCOUNT: Final = ("Acct/Id/IBAN", "Acct/Id/Othr/Id")
IS_AMOUNT: Final = re.compile(r"[0-9]{1,18}(?:\.[0-9]{0,17})?").fullmatch
SIGNS: Final = {"CRDT": "", "DBIT": "-"}
NOT_BOOKED: Final = {"PDNG", "INFO", "FUTR"}


@dataclass(slots=True)
class CamtPart:
    """An entry or one of its details: texts by the path below it; a path that repeats keeps all its texts."""

    line: int
    texts: dict[str, list[str]] = field(default_factory=dict)
    is_row: bool = False  # a detail that is a row of its own

    def first(self, *paths: str) -> str:
        """Return the first text at the first of these paths that has one, else an empty one."""
        return next((self.texts[path][0] for path in paths if path in self.texts), "")


@dataclass(slots=True)
class CamtStatement:
    """What is known of the statement that is being read: its account, its balances, and what its entries come to."""

    account: dict[str, str] = field(default_factory=dict)
    balances: dict[str, Decimal] = field(default_factory=dict)
    moved: Decimal = Decimal(0)
    is_whole: bool = True

    @property
    def account_id(self) -> str:
        """The account by its IBAN, else by the bank's own number; empty where the file names none."""
        return next((self.account[key] for key in _ACCOUNT if key in self.account), "")

    def note(self, path: str, text: str) -> None:
        """Keep a text that stands outside of entries; the parts of a balance come in one order."""
        if path in _ACCOUNT:
            self.account.setdefault(path, text)
        elif path == "StmtPgntn/LastPgInd" and text.lower() in {"false", "0"}:
            self.is_whole = False

    def balance(self, part: CamtPart) -> None:
        """Keep a balance by its kind."""
        kind, amount, way = part.first("Tp/CdOrPrtry/Cd"), part.first("Amt"), part.first("CdtDbtInd").upper()
        if IS_AMOUNT(amount) and way in SIGNS:
            self.balances.setdefault(kind, Decimal(f"{SIGNS[way]}{amount}"))

    def add(self, entry: CamtPart) -> None:
        """Count an entry; one that cannot be read leaves nothing to compare."""
        amount, way = entry.first("Amt"), entry.first("CdtDbtInd").upper()
        if not IS_AMOUNT(amount) or way not in SIGNS:
            self.is_whole = False
        elif entry.first("Sts/Cd", "Sts").upper() not in NOT_BOOKED:
            self.moved += Decimal(f"{SIGNS[way]}{amount}")

    def is_wrong(self) -> bool:
        """Return whether opening balance and entries come to another closing balance than the file says."""
        opening, closing = self.balances.get("OPBD", self.balances.get("PRCD")), self.balances.get("CLBD")
        return self.is_whole and opening is not None and closing is not None and opening + self.moved != closing

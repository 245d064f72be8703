"""No transactions: rows that read as one and are none, such as balances and amounts that a comma parted."""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from schemas.text.folding import fold

BALANCE_ROW: Final = (
    "description: names a balance, not a transaction; leave such rows out with --skip-where, "
    "as in --skip-where 'Description=Opening balance'"
)
PENDING_ROW: Final = (
    "is pending, not booked: leave such rows out with --skip-where, as in --skip-where 'Status=PENDING', "
    "or load them with --pending"
)
PARTED_AMOUNT: Final = (
    "amount: a comma within it parted the row: quote the amounts, or fetch the file with another delimiter"
)
_LONGEST: Final = 60
# Whole phrases only: a shop may be called Balance, and "saldo" alone pays an invoice.
_PHRASES: Final = (
    "opening balance;closing balance;beginning balance;ending balance;starting balance;start balance;end balance;"
    "previous balance;balance brought forward;balance carried forward;brought forward;carried forward;balance b/f;"
    "balance c/f;balance forward;anfangssaldo;endsaldo;anfangsbestand;endbestand;alter saldo;neuer saldo;"
    "alter kontostand;neuer kontostand;saldovortrag;solde initial;solde final;ancien solde;nouveau solde;"
    "solde precedent;solde précédent;saldo inicial;saldo final;saldo anterior;saldo iniziale;saldo finale;"
    "saldo precedente;beginsaldo;eindsaldo;vorig saldo;nieuw saldo;ingående saldo;utgående saldo;"
    "inngående saldo;indgående saldo;saldo początkowe;saldo końcowe;počáteční zůstatek;konečný zůstatek;nyitó egyenleg;"
    "záró egyenleg;aç\u0131l\u0131ş bakiyesi;kapan\u0131ş bakiyesi;devreden bakiye"
)
# What may follow is a date, with or without a word for "as of".
_BEGINNINGS: Final = frozenset(phrase[:3] for phrase in _PHRASES.split(";"))
_AS_OF: Final = "as of|as at|at|on|per|am|vom|zum|au|al|op|a|na"
_BALANCE: Final = re.compile(
    rf"(?:{'|'.join(map(re.escape, _PHRASES.split(';')))})(?: (?:{_AS_OF}))?[\s:0-9./-]*"
).fullmatch
_PARTED: Final = re.compile(r"[0-9]{2}|[0-9]{3}(?:[.,][0-9]{1,2})?").fullmatch


# Folded names of columns, and what stands in them where a bank has not booked a row yet.
_STATUS: Final = frozenset({
    "status", "state", "info", "etat", "statut", "estado", "stato", "stan", "tila", "stav", "durum", "buchungsstatus",
    "umsatzstatus", "booking status", "transaction status", "allapot", "situacao",
})  # fmt: skip
_PENDING: Final = frozenset({
    "pending", "pdng", "authorised", "authorized", "authorisation", "authorization", "reserved", "vorgemerkt",
    "umsatz vorgemerkt", "reserviert", "en attente", "a venir", "en cours", "pendiente", "retenido", "pendente",
    "in sospeso", "in attesa", "non contabilizzato", "in behandeling", "gereserveerd", "oczekujaca", "oczekuje",
    "blokada", "w trakcie", "reserverad", "vantande", "reserveret", "afventer", "reservert", "venter", "varaus",
    "cekajici", "blokace", "fuggoben", "fuggo", "beklemede", "bekliyor", "in asteptare",
})  # fmt: skip


def status_places(header: Sequence[str], used: Collection[int]) -> tuple[int, ...]:
    """Return the columns by whose name a bank says whether a row is booked, without those that hold a field."""
    return tuple(place for place, name in enumerate(header) if place not in used and fold(name) in _STATUS)


def is_pending(cells: Sequence[str], places: Iterable[int]) -> bool:
    """Return whether one of these cells says that a bank has not booked the row."""
    return any(place < len(cells) and fold(cells[place]) in _PENDING for place in places)


def names_balance(description: str) -> bool:
    """Return whether a description is the name of a balance, in any case, with or without its date."""
    # Few descriptions begin like one of them; the others cost no more than a look.
    if description[:3].casefold() not in _BEGINNINGS or len(description) > _LONGEST:
        return False
    return _BALANCE(description.casefold()) is not None


def is_parted(amount: str, next_cell: str) -> bool:
    """Return whether an amount without cents, and the cell behind it, are one number that a comma parted."""
    return next_cell[:1].isdigit() and _PARTED(next_cell.strip()) is not None and not {".", ","} & set(amount)

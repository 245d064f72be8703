"""Column words: what banks and tools call their columns, to propose a map; a proposal is never used unasked."""

from collections.abc import Sequence
from typing import Final

from schemas.text.folding import fold

# Folded names, the likeliest first.
_WORDS: Final = {
    "occurred_at": (
        "transaction date;booking date;date;datum;buchungstag;buchungsdatum;valuta;posting date;posted date;"
        "completed date;started date;value date;fecha;fecha operacion;fecha de operacion;data;data operazione;"
        "data operacji;data transakcji;date operation;date de l operation;date op;transactiedatum;boekdatum;"
        "transaktionsdatum;bokforingsdag;bokforingsdatum;dato;bokfort;datum transakce;datum zauctovani;"
        "konyveles datuma;"
        "tranzakcio datuma;teljesites datuma;tarih;islem tarihi;data lancamento;data mov;time;created at"
    ),
    "description": (
        "description;transaction description;verwendungszweck;buchungstext;text;memo;details;narrative;narration;payee;"
        "name;merchant;particulars;reference;concepto;descripcion;descrizione;causale;libelle;libelle operation;opis;"
        "opis operacji;tytul;omschrijving;naam omschrijving;mededelingen;beskrivning;rubrik;tekst;beskrivelse;popis;"
        "zprava pro prijemce;kozlemeny;megjegyzes;aciklama;descricao;historico;beguenstigter zahlungspflichtiger;"
        "title;label"
    ),
    "amount": (
        "amount;betrag;umsatz;betrag eur;importe;importo;montant;kwota;kwota operacji;bedrag;bedrag eur;belopp;belob;"
        "castka;objem;osszeg;tutar;valor;transaction amount;value;amount eur;amount gbp;amount usd;sum"
    ),
    "amount_out": (
        "money out;paid out;debit;debit amount;withdrawal;withdrawals;withdrawal amt;withdrawal amount;outflow;soll;"
        "ausgabe;cargo;cargos;uscite;addebiti;dare;debet;af;out;spent;money out gbp;ut fra konto;borc;terheles;"
        "debit euros;debit eur;debit gbp;montant debit"
    ),
    "amount_in": (
        "money in;paid in;credit;credit amount;deposit;deposits;deposit amt;deposit amount;inflow;haben;einnahme;abono;"
        "abonos;entrate;accrediti;avere;kredit;bij;in;received;money in gbp;inn pa konto;alacak;jovairas;"
        "credit euros;credit eur;credit gbp;montant credit"
    ),
    "direction": (
        "direction;debit credit;credit debit;dr cr;cr dr;af bij;soll haben;credit debit indicator;transaction type;"
        "type;"
        "credit or debit"
    ),
    "currency": (
        "currency;wahrung;waehrung;currency code;divisa;moneda;devise;valuta;waluta;mena;deviza;para birimi;ccy"
    ),
    "category": "category;kategorie;categoria;categorie;kategoria;kategori",
    "account_id": "account;account number;iban;kontonummer;konto;rekening;auftragskonto;numero de compte;account name",
    "txn_id": "transaction id;id;reference number;fitid;txn id",
}  # fmt: skip
WORDS: Final = {field: tuple(words.split(";")) for field, words in _WORDS.items()}


def propose(field: str, names: Sequence[str]) -> str | None:
    """Return the column whose name is one that banks give to ``field``, or None."""
    by_folded = {fold(name): name for name in reversed(names) if name}
    return next((by_folded[word] for word in WORDS.get(field, ()) if word in by_folded), None)

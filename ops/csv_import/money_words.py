"""Money words: signs, letters and codes that stand beside an amount, in closed lists."""

from dataclasses import dataclass
from typing import Final

from schemas.crosswalks.country_currency import CURRENCIES


@dataclass(frozen=True, slots=True)
class CurrencyMark:
    """What a sign or code beside an amount says: the currencies that write it, and the one it means alone.

    ``alone`` is None where only ``--currency`` or a currency column can tell, as for a bare dollar.
    """

    possible: frozenset[str]
    alone: str | None


def _mark(possible: str, alone: str | None = None) -> CurrencyMark:
    codes = frozenset(possible.split())
    return CurrencyMark(codes, alone or (possible if len(codes) == 1 else None))


_DOLLARS: Final = "USD CAD AUD NZD HKD SGD TWD MXN ARS CLP COP BRL JMD TTD BSD BBD BZD FJD LRD NAD XCD UYU BND KYD BMD"
# Codes that are written but stand for no country of our table.
_MORE_CODES: Final = (
    "RUB BGN RSD BAM MKD ALL MDL GEL AMD AZN KZT UZS BYN QAR KWD BHD OMR JOD LBP TND DZD LYD ETB UGX TZS ZMW XOF XAF "
    "NPR MUR SCR MMK KHR LAK MNT PEN BOB PYG UYU CRC GTQ HNL NIO DOP JMD TTD BSD BBD BZD FJD LRD NAD XCD BND KYD BMD "
    "GIP FKP SHP IRR IQD XPF MOP VES CUP ZWL BWP MZN AOA RWF GMD CDF MGA MVR BTN AFN"
)
CODES: Final = CURRENCIES | frozenset(_MORE_CODES.split())
MARKS: Final = {code: _mark(code) for code in CODES} | {
    "€": _mark("EUR"), "EURO": _mark("EUR"), "EUROS": _mark("EUR"),
    "£": _mark("GBP GIP FKP SHP", "GBP"),
    "$": _mark(_DOLLARS), "US$": _mark("USD"), "$US": _mark("USD"), "CA$": _mark("CAD"), "C$": _mark("CAD"),
    "AU$": _mark("AUD"), "A$": _mark("AUD"), "NZ$": _mark("NZD"), "HK$": _mark("HKD"), "S$": _mark("SGD"),
    "NT$": _mark("TWD"), "R$": _mark("BRL"), "MX$": _mark("MXN"),
    "¥": _mark("JPY CNY"), "￥": _mark("JPY CNY"), "円": _mark("JPY"), "元": _mark("CNY"),
    "₹": _mark("INR"), "RS": _mark("INR PKR LKR NPR MUR SCR"), "RS.": _mark("INR PKR LKR NPR MUR SCR"),
    "KR": _mark("SEK NOK DKK ISK"), "KR.": _mark("SEK NOK DKK ISK"),
    "ZŁ": _mark("PLN"), "KČ": _mark("CZK"), "FT": _mark("HUF"), "LEI": _mark("RON MDL"), "ЛВ": _mark("BGN"),
    "ЛВ.": _mark("BGN"), "FR.": _mark("CHF"), "SFR.": _mark("CHF"), "SFR": _mark("CHF"), "R": _mark("ZAR"),
    "₽": _mark("RUB"), "РУБ": _mark("RUB"), "РУБ.": _mark("RUB"), "₴": _mark("UAH"), "ГРН": _mark("UAH"),
    "₺": _mark("TRY"), "TL": _mark("TRY"), "₪": _mark("ILS"), "₩": _mark("KRW"), "฿": _mark("THB"),
    "₫": _mark("VND"), "₱": _mark("PHP"), "₦": _mark("NGN"), "RP": _mark("IDR"), "RP.": _mark("IDR"),
    "RM": _mark("MYR"), "TK": _mark("BDT"), "৳": _mark("BDT"), "DHS": _mark("AED"), "KSH": _mark("KES"),
    "GH₵": _mark("GHS"), "₵": _mark("GHS"), "S/": _mark("PEN"), "S/.": _mark("PEN"),
}  # fmt: skip

# Beside an amount. S and H are Soll and Haben of German statements.
OUT_WORDS: Final = frozenset({"DR", "DR.", "DB", "DEBIT", "D", "S", "SOLL"})
IN_WORDS: Final = frozenset({"CR", "CR.", "CREDIT", "C", "H", "HABEN"})

# In a column of their own, folded by case.
_OUT: Final = (
    "d dr db dbit debit débit debet débito debito debe soll s out outgoing outflow withdrawal expense spent paid "
    "ausgang belastung lastschrift ausgabe abbuchung af cargo adeudo gasto salida addebito uscita dare dépense sortie "
    "saída "
    "despesa obciążenie wydatek uttag utgift ut hævning tartozik terhelés výdaj borç -"
)
_IN: Final = (
    "c cr crdt credit crédit kredit crédito credito haber haben h in incoming inflow deposit income received refund "
    "eingang gutschrift einnahme bij abono ingreso entrada accredito entrata avere recette entrée receita uznanie "
    "wpływ insättning inkomst inn indbetaling követel jóváírás příjem alacak +"
)
# Is the money going out?
DIRECTIONS: Final = dict.fromkeys(_OUT.split(), True) | dict.fromkeys(_IN.split(), False)

"""Country currency: the currency of a country, for files that name only the country."""

from typing import Final

NO_CURRENCY: Final = "XXX"
_EURO: Final = "AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK"
_OTHERS: Final = (
    "GB:GBP US:USD ZA:ZAR AU:AUD CA:CAD NZ:NZD CH:CHF SE:SEK NO:NOK DK:DKK PL:PLN CZ:CZK HU:HUF RO:RON IS:ISK "
    "IN:INR JP:JPY CN:CNY HK:HKD SG:SGD KR:KRW TW:TWD TH:THB MY:MYR ID:IDR PH:PHP VN:VND BR:BRL MX:MXN AR:ARS "
    "CL:CLP CO:COP TR:TRY IL:ILS AE:AED SA:SAR EG:EGP KE:KES NG:NGN GH:GHS MA:MAD UA:UAH PK:PKR BD:BDT LK:LKR"
)
_CURRENCIES: Final = dict.fromkeys(_EURO.split(), "EUR") | {
    country: currency for country, _, currency in (pair.partition(":") for pair in _OTHERS.split())
}


def currency_of(country: str | None) -> str:
    """Return the ISO 4217 code of a country's currency, XXX where there is no country or we know none."""
    return _CURRENCIES.get(country or "", NO_CURRENCY)

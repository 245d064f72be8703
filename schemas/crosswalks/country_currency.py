"""Country and currency: one table, read in both directions."""

from typing import Final

NO_CURRENCY: Final = "XXX"
_EURO: Final = "AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK"
# A currency of these says the country where the bank left it out; the euro does not.
_TELLING: Final = "GB:GBP US:USD ZA:ZAR AU:AUD CA:CAD NZ:NZD CH:CHF SE:SEK NO:NOK DK:DKK PL:PLN JP:JPY IN:INR"
_OTHERS: Final = (
    "CZ:CZK HU:HUF RO:RON IS:ISK CN:CNY HK:HKD SG:SGD KR:KRW TW:TWD TH:THB MY:MYR ID:IDR PH:PHP VN:VND BR:BRL MX:MXN "
    "AR:ARS CL:CLP CO:COP TR:TRY IL:ILS AE:AED SA:SAR EG:EGP KE:KES NG:NGN GH:GHS MA:MAD UA:UAH PK:PKR BD:BDT LK:LKR"
)


def _pairs(text: str) -> dict[str, str]:
    return {country: currency for country, _, currency in (pair.partition(":") for pair in text.split())}


COUNTRY_OF_CURRENCY: Final = {currency: country for country, currency in _pairs(_TELLING).items()}
_CURRENCIES: Final = dict.fromkeys(_EURO.split(), "EUR") | _pairs(_TELLING) | _pairs(_OTHERS)
CURRENCIES: Final = frozenset(_CURRENCIES.values())


def currency_of(country: str | None) -> str:
    """Return the ISO 4217 code of a country's currency, XXX where there is no country or we know none."""
    return _CURRENCIES.get(country or "", NO_CURRENCY)

"""Minor units: how many digits stand after the point of a currency's amounts, by ISO 4217."""

from typing import Final

from schemas.crosswalks.country_currency import CURRENCIES

_NONE: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE: Final = "BHD IQD JOD KWD LYD OMN TND"
_TWO: Final = (
    "ALL AMD AOA AWG AZN BAM BBD BMD BND BOB BSD BTN BWP BYN BZD CDF CRC CUP CVE DOP DZD ERN ETB FJD FKP GEL GIP GMD "
    "GTQ GYD HNL HTG IRR JMD KGS KHR KPW KYD KZT LAK LBP LRD LSL MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MZN NAD NIO "
    "NPR PAB PGK QAR RSD SBD SCR SDG SHP SOS SRD SSP STN SVC SYP SZL TJS TMT TOP TTD TZS UYU UZS VES WST XCD YER ZMW "
    "BGN EUR RUB"
)
# A currency that is not here has no default: an amount that is off by a factor of ten is worse than a dead letter.
ISO_4217: Final = (
    dict.fromkeys(sorted(CURRENCIES) + _TWO.split(), 2)
    | dict.fromkeys(_NONE.split(), 0)
    | dict.fromkeys(_THREE.split(), 3)
)

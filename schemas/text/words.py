"""Words: what banks and card processors write around a merchant's name, in folded words."""

from typing import Final

_PROCESSORS: Final = (
    "sq|tst|iz|ztl|zettle|izettle|zettle by paypal|sumup|paypal|paypal europe|pp|sp|stripe|klarna|yoco|ikhokha|"
    "snapscan|zapper|payfast|paygate|peach payments|worldpay|squareup|square up|adyen|mollie|ebanx|dlocal|gocardless|"
    "cko|wpy|ctlp|zeller|tyro|first data|payu|mercadopago|apple pay|google pay|gpay|samsung pay"
)
_BANKS: Final = (
    "pos|cheque card purchase|cheque card|pos purchase|pos debit|pos debit visa|pos withdrawal|pos refund|"
    "pos transaction|pos w d|pos cr|purchase|purchase at|purchase authorized on|purchase return authorized on|"
    "recurring payment authorized on|recurring payment to|card purchase|card payment|card payment to|"
    "card transaction|card subscription|check card purchase|check card|checkcard|checkcard purchase|"
    "check crd purchase|dbt crd|dbt purchase|debit card purchase|debit card|debit card payment|debit purchase|"
    "debit pos|debit|visa debit|visa debit purchase|visa debit purchase card|visa purchase card|"
    "eftpos purchase card|visa debit card|visa purchase|visa direct|visa dda pur|visa|mastercard|"
    "mastercard debit|maestro|contactless|contactless payment|contactless purchase|tap and pay|tap pay|eftpos|"
    "eftpos purchase|eftpos debit|direct debit|direct debit payment|direct debit payment to|direct debit to|dd|"
    "ddr|ach debit|ach|ach electronic debit|preauthorized debit|pre authorized debit|electronic payment to|"
    "internet purchase|online purchase|international purchase|foreign purchase|c c point of sale|point of sale|"
    "point of sale purchase|pending|value date|withdrawal debit card|withdrawal pos|kartenzahlung|"
    "kartenzahlung girocard|kartenzahlung mit|debitkartenzahlung|debitkarte|girocard|visa kartenzahlung|"
    "ec karte|ec kartenzahlung|ec lastschrift|elv|lastschrift|sepa lastschrift|sepa basislastschrift|"
    "sepa elv lastschrift|basislastschrift|folgelastschrift|erstlastschrift|sepa folgelastschrift|"
    "sepa lastschrifteinzug|lastschrifteinzug|kauf|einkauf|kartenkauf|kartenumsatz|kreditkartenzahlung|"
    "visa card|www|http|https|https www|cb|carte|achat cb|achat|paiement cb|compra|compra tarjeta|"
    "pago con tarjeta|debit order|magtape debit|ach withdrawal|ach payment|eftpos purchase at|card purchase at|"
    "visa purchase at|recurring card purchase|pos purchase non pin|pos debit purchase|bill payment to|bill payment|"
    "bill payment via faster payment to|bpay|bpay payment|bpay bill payment|bpay bill payment to|kartenumsatz bei|"
    "visa debit card purchase|ec cash|apple pay purchase|google pay purchase"
)


def _phrases(*lists: str) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Index phrases by their first word, the longest first."""
    index: dict[str, list[tuple[str, ...]]] = {}
    for phrase in "|".join(lists).split("|"):
        words = tuple(phrase.split())
        index.setdefault(words[0], []).append(words)
    return {first: tuple(sorted(found, key=len, reverse=True)) for first, found in index.items()}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Processors whose mark is only told from a word by the star behind it: "IN *ACME" but "IN N OUT".
STARRED_PROCESSORS: Final = _words(
    "sq sqc squ tst sp pp in py fs iz ztl smp ls wpy cko ctlp cke clr dd ec eft ezc fsp gdp act bps ikh ik nyx pos "
    "ps rtl sqr tock wl yoc zlr zettle zettle_ sumup yoco payfast klarna stripe"
)
LEADING_PHRASES: Final = _phrases(_PROCESSORS, _BANKS)
LEGAL_SUFFIXES: Final = _words(
    "ltd limited plc llc llp inc incorporated corp corporation co gmbh ag kg ohg ug mbh ev se pty bv nv sa sarl srl "
    "ab oy aps cc npc soc"
)
# What tills say after the merchant's name.
CLOSING_WORDS: Final = _words("sagt danke dankt")
# Words that introduce a number and mean nothing once it is gone.
NUMBER_WORDS: Final = _words(
    "ref reference referenz card karte kartennr ending auth authorization code no nr num number store stores str st "
    "id terminal trn txn mandate mandat mandatsref till branch on at um vom am date dated value uhr kfn vj folgenr "
    "verfalld invoice inv rechnung kundennr kd vertrag acct account tel ph filiale fil "
    "markt"
)
# Words of dates and times: they go where a number stands beside them.
BESIDE_NUMBERS: Final = _words(
    "uhr jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august september "
    "october november december mai juni juli okt dez mrz januar februar marz maerz oktober dezember"
)
# Names that end in a number; elsewhere a number behind a name is a store's.
NUMBERED_NAMES: Final = _words("motel super forever pier studio channel big phase formula three route club")
DROPPED_WORDS: Final = _words("and und www http https xx xxx xxxx xxxxx xxxxxx xxxxxxxx xxxxxxxxxxxx")
SYNONYMS: Final = {"amzn": "amazon", "mktp": "marketplace", "mktplce": "marketplace", "mktplace": "marketplace"}
PREPOSITIONS: Final = _words("of for in at de des du der die la le el the to von zu bei r new")
# Words that say nothing about which merchant it is.
GENERIC_WORDS: Final = _words("the com net org store stores shop online gbp usd eur zar aud")

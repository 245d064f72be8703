"""Payments: what leaves and enters an account without a till, and how banks word it in each country."""

from dataclasses import dataclass
from typing import Final

from schemas.events.transaction import Channel
from schemas.taxonomy import Category as C  # noqa: N817 (a table reads better)


@dataclass(frozen=True, slots=True)
class Payment:
    """One kind of payment; ``median`` is in units of a country's price level, above 0 where money comes in.

    Wordings take a party {p}, a first and a family name {first} {sur}, a reference {ref}, a month {mon}.
    """

    category: C
    channel: Channel
    median: float
    sigma: float
    wordings: dict[str, tuple[str, ...]]


def _payment(category: C, channel: Channel, median: float, sigma: float, lines: str) -> Payment:
    """Read wordings, one a line; a country code before a colon keeps a line to that country."""
    wordings: dict[str, list[str]] = {code: [] for code in ("GB", "US", "ZA", "AU", "DE")}
    for line in (line.strip() for line in lines.strip().splitlines()):
        code, colon, rest = line.partition(": ")
        for country in [code] if colon else ["GB", "US", "ZA", "AU"]:
            wordings[country].append(rest if colon else line)
    return Payment(category, channel, median, sigma, {code: tuple(kept) for code, kept in wordings.items()})


_ACH, _TRANSFER, _ATM, _OTHER = Channel.ACH, Channel.TRANSFER, Channel.ATM, Channel.OTHER

SALARY: Final = _payment(
    C.INCOME,
    _ACH,
    2600,
    0.35,
    """
    {p} SALARY {mon}
    {p} PAYROLL {ref}
    {p}
    BGC {p} {ref}
    US: {p} DES:DIRECT DEP ID:{ref} PPD
    US: {p} PAYROLL PPD ID: {ref}
    GB: BACS {p} WAGES
    ZA: MAGTAPE CREDIT {p}
    AU: PAY/SALARY FROM {p}
    DE: LOHN/GEHALT {p} {mon}
    DE: GUTSCHRIFT {p} {ref}
    DE: {p} VERDIENSTABRECHNUNG {mon}""",
)
BENEFIT: Final = _payment(
    C.INCOME,
    _ACH,
    780,
    0.4,
    """
    PENSION {p} {ref}
    {p} ANNUITY
    GB: DWP UC {ref}
    GB: HMRC CHILD BENEFIT
    US: SSA TREAS 310 XXSOC SEC
    US: STATE UNEMPLOYMENT {ref}
    ZA: SASSA GRANT {ref}
    AU: CTRLINK FAMILY {ref}
    DE: DEUTSCHE RENTENVERSICHERUNG {ref}
    DE: KINDERGELD {ref}
    DE: BETRIEBSRENTE {p}""",
)
EARNED_INTEREST: Final = _payment(
    C.INCOME,
    _OTHER,
    4.2,
    1.0,
    """
    INTEREST PAID
    CREDIT INTEREST
    DIVIDEND {p} {ref}
    TAX REFUND {ref}
    CASHBACK REWARD {mon}
    DE: HABENZINSEN
    DE: DIVIDENDE {p}
    DE: ERSTATTUNG FINANZAMT {ref}""",
)
RENT: Final = _payment(
    C.HOUSING,
    _TRANSFER,
    820,
    0.35,
    """
    {first} {sur} RENT
    {first} {sur}
    STO {sur} {ref}
    RENT {mon} {p}
    {p} LETTINGS
    {p} PROPERTY MGMT {ref}
    {p} REALTY
    BODY CORPORATE LEVY {p}
    US: ZELLE TO {first} {sur} RENT
    US: {p} APTS WEB PMT
    AU: {p} REAL ESTATE {ref}
    DE: DAUERAUFTRAG {sur} MIETE {mon}
    DE: {first} {sur} WOHNUNG
    DE: {p} HAUSVERWALTUNG {ref}""",
)
MORTGAGE: Final = _payment(
    C.HOUSING,
    _ACH,
    1050,
    0.35,
    """
    {p} MORTGAGE {ref}
    {p} HOME LOAN
    DD {p} BUILDING SOC {ref}
    US: {p} MTG PYMT
    ZA: BOND REPAYMENT {p} {ref}
    AU: LOAN REPAYMENT LN REPAY {ref}
    DE: BAUSPARKASSE {p} RATE
    DE: DARLEHEN {ref} BAUFINANZIERUNG""",
)
ENERGY: Final = _payment(
    C.UTILITIES_TELECOM,
    _ACH,
    95,
    0.5,
    """
    {p} ENERGY
    {p} POWER {ref}
    DD {p} {ref}
    {p} WATER
    {p} GAS & ELECTRIC
    US: {p} UTIL BILL PMT
    ZA: PREPAID ELEC {ref}
    AU: BPAY {p} {ref}
    DE: LASTSCHRIFT STADTWERKE {sur} {ref}
    DE: {p} STROM ABSCHLAG {mon}
    DE: SEPA LASTSCHRIFT {p} {ref}""",
)
TELECOM: Final = _payment(
    C.UTILITIES_TELECOM,
    _ACH,
    34,
    0.35,
    """
    {p} MOBILE
    {p} BROADBAND {ref}
    DD {p} {ref}
    {p} WIRELESS AUTOPAY
    {p} FIBRE
    {p} COMMUNICATIONS
    DE: {p} MOBILFUNK RECHNUNG {ref}
    DE: SEPA LASTSCHRIFT {p} KUNDENNR {ref}""",
)
INSURANCE: Final = _payment(
    C.INSURANCE,
    _ACH,
    48,
    0.6,
    """
    {p} INSURANCE
    {p} INS PREM {ref}
    DD {p} {ref}
    {p} LIFE
    {p} MUTUAL
    {p} HEALTH FUND {ref}
    ZA: {p} MEDICAL SCHEME
    DE: {p} VERSICHERUNG BEITRAG {ref}
    DE: KFZ {p} {ref}
    DE: KRANKENKASSE {p} BEITRAG
    DE: SEPA LASTSCHRIFT {p} VERTRAG {ref}""",
)
TAX: Final = _payment(
    C.TAXES_GOVERNMENT,
    _ACH,
    140,
    0.5,
    """
    {sur} COUNCIL {ref}
    TAX PAYMENT {ref}
    GB: {sur} BOROUGH COUNCIL TAX
    GB: HMRC SHIPLEY {ref}
    GB: DVLA VEHICLE TAX
    US: IRS USATAXPYMT {ref}
    US: {sur} COUNTY PROPERTY
    ZA: SARS EFILING {ref}
    ZA: {sur} MUNICIPALITY RATES
    AU: ATO PAYMENT {ref}
    AU: {sur} SHIRE RATES
    DE: FINANZAMT {sur} ESTVZ {ref}
    DE: STADTKASSE GRUNDSTEUER {ref}
    DE: RUNDFUNK BEITRAG {ref}""",
)
LOAN: Final = _payment(
    C.TRANSFERS_DEBT,
    _ACH,
    190,
    0.6,
    """
    {p} LOAN {ref}
    {p} FINANCE
    CREDIT CARD PAYMENT {ref}
    {p} CARD SERVICES
    STUDENT LOAN {ref}
    TRANSFER TO SAVINGS {ref}
    US: {p} AUTO FIN PMT
    DE: RATENKREDIT {p} {ref}
    DE: KREDITKARTENABRECHNUNG {ref}
    DE: UMBUCHUNG TAGESGELD""",
)
TUITION: Final = _payment(
    C.EDUCATION,
    _ACH,
    240,
    0.6,
    """
    {p} SCHOOL FEES {ref}
    {p} NURSERY
    {sur} DAY CARE
    {p} COLLEGE {ref}
    DD {p} {ref}
    AFTER SCHOOL CLUB {sur}
    MONTESSORI {sur}
    DE: KITA {sur} BEITRAG {mon}
    DE: {p} SCHULGELD {ref}
    DE: STUDIERENDENWERK {ref}""",
)
DONATION: Final = _payment(
    C.CHARITY_DONATIONS,
    _ACH,
    12,
    0.6,
    """
    {p} FOUNDATION
    DD {p} {ref}
    {p} TRUST {ref}
    {sur} CHURCH OFFERING
    {p} APPEAL
    DE: SPENDE {p}
    DE: {p} FOERDERBEITRAG {ref}
    DE: KIRCHENGEMEINDE {sur}""",
)
MEMBERSHIP: Final = _payment(
    C.PERSONAL_CARE_FITNESS,
    _ACH,
    31,
    0.4,
    """
    {p} GYM {ref}
    {p} FITNESS
    DD {p} {ref}
    {sur} LEISURE CLUB
    {p} HEALTH CLUB
    DE: {p} FITNESS BEITRAG
    DE: SPORTSTUDIO {sur} {ref}""",
)
ACCOUNT_FEE: Final = _payment(
    C.FEES_INTEREST,
    _OTHER,
    7,
    0.5,
    """
    MONTHLY ACCOUNT FEE
    ACCOUNT MAINTENANCE {mon}
    SERVICE CHARGE
    DEBIT INTEREST TO {mon}
    ZA: FIXED MONTHLY FEE
    DE: KONTOFUEHRUNG {mon}
    DE: ABSCHLUSS PER {mon} ENTGELT""",
)

# Now and then, on any day.
FEE: Final = _payment(
    C.FEES_INTEREST,
    _OTHER,
    5,
    0.9,
    """
    OVERDRAFT FEE
    UNARRANGED OVERDRAFT USAGE
    NON-STERLING TRANSACTION FEE
    INTL TRANSACTION FEE {ref}
    LATE PAYMENT CHARGE
    INTEREST CHARGED ON PURCHASES
    ATM FEE
    RETURNED ITEM CHARGE {ref}
    CASH ADVANCE CHARGE
    US: NSF {ref}
    ZA: #CASH WITHDRAWAL CHARGE
    AU: FOREIGN CURRENCY CONVERSION
    DE: UEBERZIEHUNGSZINSEN
    DE: AUSLANDSEINSATZ ENTGELT {ref}
    DE: MAHNGEBUEHR {ref}""",
)
PAID_PERSON: Final = _payment(
    C.TRANSFERS_DEBT,
    _TRANSFER,
    35,
    1.0,
    """
    {first} {sur}
    {first} {sur} DINNER
    {first} {sur} TICKETS
    TO {first} THANKS
    TRANSFER TO {sur} {ref}
    GB: FASTER PAYMENT {first} {sur}
    US: ZELLE TO {first} {sur}
    US: VENMO PAYMENT {ref}
    US: CASH APP*{first} {sur}
    ZA: IB PAYMENT TO {first} GIFT
    AU: OSKO PAYMENT TO {first} {sur}
    DE: UEBERWEISUNG {first} {sur}
    DE: {first} {sur} DANKE
    DE: PAYPAL {first} {sur} {ref}""",
)
PAID_BY_PERSON: Final = _payment(
    C.TRANSFERS_DEBT,
    _TRANSFER,
    30,
    1.0,
    """
    {first} {sur}
    FROM {first} PIZZA
    TRANSFER FROM {sur} {ref}
    {first} {sur} GAS MONEY
    FROM SAVINGS {ref}
    US: ZELLE FROM {first} {sur}
    US: VENMO CASHOUT {ref}
    DE: GUTSCHRIFT {first} {sur}
    DE: {first} {sur} KINO""",
)
WITHDRAWAL: Final = _payment(
    C.CASH,
    _ATM,
    60,
    0.6,
    """
    ATM WITHDRAWAL {sur} ST {ref}
    CASH {sur} BANK {mon}
    NONBRAND ATM {ref}
    LINK {sur} HIGH ST
    US: WITHDRAWAL #{ref}
    GB: NOTEMACHINE {sur} RD
    ZA: AUTOBANK CASH {ref}
    AU: WDL ATM {sur} CENTRE
    DE: GA NR{ref} BARGELD
    DE: BARAUSZAHLUNG {sur}
    DE: BANKOMAT {ref}""",
)
CASH_IN: Final = _payment(
    C.CASH,
    _OTHER,
    120,
    0.8,
    """
    CASH DEPOSIT {ref}
    COUNTER CREDIT
    PAID IN AT {sur} ST
    DE: BAREINZAHLUNG {ref}""",
)

# kind, chance on a day, whether money comes in
NOW_AND_THEN: Final = (
    (FEE, 0.035, False), (PAID_PERSON, 0.075, False), (PAID_BY_PERSON, 0.04, True), (WITHDRAWAL, 0.06, False),
    (CASH_IN, 0.005, True), (EARNED_INTEREST, 0.008, True),
)  # fmt: skip

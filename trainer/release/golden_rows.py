"""Golden rows: invented transactions that a release answers when it is written and again whenever it is loaded."""

from datetime import UTC, datetime, timedelta
from typing import Final

from schemas.events.transaction import TRANSACTION_SCHEMA_VERSION, Channel, Transaction

_FIRST_AT: Final = datetime(2024, 1, 1, tzinfo=UTC)
_STEP: Final = timedelta(days=3, hours=5, minutes=7)

# (description, amount, currency, mcc, channel): the wordings that features treat differently, none of a real person.
_ROWS: Final[tuple[tuple[str, str, str, str | None, Channel | None], ...]] = (
    ("TESCO STORES 3217 LONDON GB", "-42.17", "GBP", "5411", Channel.POS),
    ("SQ *BLUE BOTTLE COFFEE SAN FRANCISCO CA", "-6.50", "USD", "5814", Channel.POS),
    ("SHELL OIL 57442 AUSTIN TX", "-51.03", "USD", "5541", Channel.POS),
    ("UBER *TRIP HELP.UBER.COM", "-18.99", "USD", "4121", Channel.ONLINE),
    ("NETFLIX.COM", "-12.99", "EUR", None, Channel.ONLINE),
    ("ZELLE PAYMENT TO A FRIEND", "-250.00", "USD", None, Channel.TRANSFER),
    ("ATM WITHDRAWAL 0042 MAIN ST", "-200.00", "USD", "6011", Channel.ATM),
    ("ACME LTD SALARY", "3150.42", "GBP", None, Channel.ACH),
    ("MONTHLY ACCOUNT FEE", "-5.00", "ZAR", None, Channel.OTHER),
    ("WOOLWORTHS 1234 SYDNEY AU", "-88.95", "AUD", "5411", Channel.POS),
    ("EDEKA Müller // Berlin/DE 2024-03-01", "-23.40", "EUR", None, Channel.POS),
    ("COUNCIL TAX DIRECT DEBIT", "-143.00", "GBP", None, Channel.ACH),
    ("BRITISH AIRWAYS 1252233445566", "-389.00", "GBP", "4511", Channel.ONLINE),
    ("IKEA LTD WEMBLEY", "-219.99", "GBP", "5712", Channel.POS),
    ("BOOTS THE CHEMIST 884", "-9.49", "GBP", "5912", Channel.POS),
    ("RED CROSS DONATION", "-20.00", "EUR", "8398", None),
    ("QXZV WIDGETS 77", "-15.15", "XXX", None, None),
    ("", "0", "XXX", None, None),
    ("スターバックス 渋谷", "-580", "JPY", None, Channel.POS),
    ("A" * 300, "-1.00", "USD", "9999", Channel.OTHER),
    ("UNIVERSITY TUITION SPRING", "-4200.00", "USD", "8220", Channel.ACH),
    ("AMAZON MKTPLACE PMTS AMZN.COM/BILL WA", "-34.20", "USD", "5942", Channel.ONLINE),
    ("PLANET FITNESS CLUB FEES", "-24.95", "USD", "7997", Channel.ACH),
    ("XYZZY QUUX", "-12.50", "USD", None, Channel.POS),  # words that nobody wrote
    ("STARBUKCS COFEE", "-4.10", "USD", None, Channel.POS),
    ("REFUND ZARA 4411", "59.95", "EUR", "5651", Channel.POS),
)


def golden_transactions() -> list[Transaction]:
    """Return the rows as transactions, always the same."""
    return [
        Transaction(
            schema_version=TRANSACTION_SCHEMA_VERSION,
            txn_id=f"golden-{number:03d}",
            user_id="golden",
            account_id="golden",
            occurred_at=_FIRST_AT + number * _STEP,
            amount=amount,
            currency=currency,
            description=description,
            mcc=mcc,
            channel=channel,
        )
        for number, (description, amount, currency, mcc, channel) in enumerate(_ROWS)
    ]

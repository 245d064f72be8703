"""What a mapping costs beside the plain path: the same transactions, as ours and in the shapes of others."""

from collections.abc import Callable, Sequence

import msgspec
import pytest

from schemas.events.transaction import Transaction
from streams.process.codec import decode_transaction
from streams.process.input_mapping.load import load_mapping
from tests.benchmarks.stopwatch import Stopwatch, rounds
from tests.benchmarks.traffic import records

pytestmark = pytest.mark.benchmark
RECORDS = 20_000
ROUNDS = 9
# What Plaid sends along and no mapping reads; it makes a record of 1.6 KB.
UNREAD = {
    "account_owner": None,
    "authorized_date": "2026-01-27",
    "authorized_datetime": "2026-01-27T10:34:50Z",
    "category": None,
    "category_id": None,
    "check_number": None,
    "counterparties": [
        {
            "name": "Walmart",
            "type": "merchant",
            "logo_url": "https://plaid-merchant-logos.plaid.com/walmart_1100.png",
            "website": "walmart.com",
            "entity_id": "O5W5j4dN9OR3E6ypQmjdkWZZRoXEzVMz2ByWM",
            "confidence_level": "VERY_HIGH",
        }
    ],
    "location": {"address": "300 Post St", "city": "San Francisco", "region": "CA", "country": None, "lat": 37.789},
    "logo_url": "https://plaid-merchant-logos.plaid.com/walmart_1100.png",
    "merchant_entity_id": "O5W5j4dN9OR3E6ypQmjdkWZZRoXEzVMz2ByWM",
    "payment_meta": {"by_order_of": None, "payee": None, "payer": None, "payment_method": None, "ppd_id": None},
    "pending_transaction_id": "no86Eox18VHMvaOVL7gPUM9ap3aR1LsAVZ5nc",
    "personal_finance_category": {
        "primary": "GENERAL_MERCHANDISE",
        "detailed": "GENERAL_MERCHANDISE_SUPERSTORES",
        "confidence_level": "VERY_HIGH",
    },
    "personal_finance_category_icon_url": "https://plaid-category-icons.plaid.com/PFC_GENERAL_MERCHANDISE.png",
    "transaction_type": "place",
    "unofficial_currency_code": None,
    "website": "walmart.com",
}


def plaid(transaction: Transaction) -> dict[str, object]:
    """Return a transaction as Plaid writes it, without what no mapping reads."""
    return {
        "account_id": transaction.account_id,
        "amount": msgspec.Raw(transaction.amount.lstrip("-").encode()),
        "iso_currency_code": transaction.currency,
        "datetime": transaction.occurred_at.isoformat(),
        "date": f"{transaction.occurred_at:%Y-%m-%d}",
        "name": transaction.description,
        "merchant_name": transaction.merchant,
        "payment_channel": "in store",
        "transaction_code": None,
        "pending": False,
        "transaction_id": transaction.txn_id,
        "client_user_id": transaction.user_id,
    }


def berlin_group(transaction: Transaction) -> dict[str, object]:
    """Return a transaction as GoCardless writes it."""
    return {
        "internalTransactionId": transaction.txn_id,
        "user_id": transaction.user_id,
        "account_id": transaction.account_id,
        "bookingDate": f"{transaction.occurred_at:%Y-%m-%d}",
        "transactionAmount": {"amount": transaction.amount, "currency": transaction.currency},
        "remittanceInformationUnstructured": transaction.description,
        "creditorName": transaction.merchant,
        "merchantCategoryCode": transaction.mcc,
    }


def test_a_mapping_beside_the_plain_path() -> None:
    plain = records(RECORDS)
    transactions = [decode_transaction(record.key, record.value) for record in plain]
    assert all(isinstance(one, Transaction) for one in transactions)
    encode = msgspec.json.Encoder().encode
    kinds: dict[str, tuple[Callable[[bytes | None, bytes | None], object], Sequence[bytes]]] = {
        "plain": (decode_transaction, [record.value or b"" for record in plain]),
        "plaid": (load_mapping("plaid").decode, [encode(plaid(one)) for one in transactions]),  # type: ignore[arg-type]
        "plaid, all that it sends": (
            load_mapping("plaid").decode,
            [encode(plaid(one) | UNREAD) for one in transactions],  # type: ignore[arg-type]
        ),
        "berlin-group": (load_mapping("berlin-group").decode, [encode(berlin_group(one)) for one in transactions]),  # type: ignore[arg-type]
    }
    keys = [record.key for record in plain]
    watch = Stopwatch()

    def run() -> int:
        for name, (decode, values) in kinds.items():
            with watch.lap(name):
                for key, value in zip(keys, values, strict=True):
                    decode(key, value)
        return RECORDS

    for name, (decode, values) in kinds.items():
        assert all(isinstance(decode(key, value), Transaction) for key, value in zip(keys, values, strict=True)), name
    rounds(ROUNDS, run, watch)
    medians = watch.medians()
    print(f"\n{'µs a record (CPU, one thread)':32} {'bytes':>6} {'median':>8} {'on top':>8}")
    for name, seconds in medians.items():
        size = sum(map(len, kinds[name][1])) // RECORDS
        print(f"{name:32} {size:6,} {seconds * 1e6:8.2f} {(seconds - medians['plain']) * 1e6:8.2f}")

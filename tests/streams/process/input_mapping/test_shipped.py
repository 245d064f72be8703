"""Shipped mappings: records of the shapes that their public schemas describe, and what they become."""

import json
from copy import deepcopy
from typing import Any

import pytest

from schemas.events.dead_letter import RecordError
from schemas.events.skip_reason import SkipReason
from schemas.events.transaction import Transaction
from streams.process.input_mapping.load import load_mapping, shipped_mappings

RECORDS: dict[str, dict[str, Any]] = {
    "plaid": {
        "transaction_id": "lPNjeW1nR6CDn5okmGQ6hEpMo4lLNoSrzqDje",
        "client_user_id": "u-7",
        "account_id": "BxBXxLj1m4HMXBm9WZZmCWVbPjX16EHwv99vp",
        "amount": 72.1,
        "iso_currency_code": "USD",
        "unofficial_currency_code": None,
        "date": "2026-01-29",
        "datetime": "2026-01-27T11:00:00Z",
        "name": "PURCHASE WM SUPERCENTER #1700",
        "original_description": None,
        "merchant_name": "Walmart",
        "payment_channel": "in store",
        "transaction_code": None,
        "pending": False,
        "location": {"address": "300 Post St", "city": "San Francisco", "country": "US", "lat": 40.740352},
        "personal_finance_category": {"primary": "GENERAL_MERCHANDISE"},
    },
    "teller": {
        "id": "txn_oiluj93igokseo0i3a000",
        "user_id": "u-7",
        "account_id": "acc_oiin624kqjrg2mp2ea000",
        "account": {"type": "depository", "subtype": "checking", "currency": "USD"},
        "amount": "-86.46",
        "date": "2026-01-15",
        "description": "Transfer to Checking",
        "details": {
            "category": "general",
            "counterparty": {"name": "YOURSELF", "type": "person"},
            "processing_status": "complete",
        },
        "running_balance": None,
        "status": "posted",
        "type": "transfer",
    },
    "berlin-group": {
        "transactionId": "2020103000624289-1",
        "user_id": "u-7",
        "account_id": "3d9a81b3-a47d-4130-8765-a9c0ff861100",
        "bookingDate": "2026-01-30",
        "valueDate": "2026-01-31",
        "transactionAmount": {"currency": "EUR", "amount": "-45.00"},
        "creditorName": "MON MOTHMA",
        "remittanceInformationUnstructured": "For the support of Restoration",
        "bankTransactionCode": "PMNT",
        "internalTransactionId": "5d0e8e0a",
    },
    "camt-053": {
        "user_id": "u-7",
        "account_id": "DE00",
        "NtryRef": "1",
        "Amt": {"@Ccy": "EUR", "#text": "12.30"},
        "CdtDbtInd": "DBIT",
        "Sts": {"Cd": "BOOK"},
        "BookgDt": {"Dt": "2026-01-30"},
        "AcctSvcrRef": "2026013012345",
        "NtryDtls": [
            {
                "TxDtls": [
                    {
                        "RltdPties": {"Cdtr": {"Pty": {"Nm": "CAFE LUNA"}}},
                        "RmtInf": {"Ustrd": ["KARTENZAHLUNG CAFE LUNA"]},
                    }
                ]
            }
        ],
    },
}
AMOUNTS = {"plaid": "-72.1", "teller": "-86.46", "berlin-group": "-45.00", "camt-053": "-12.30"}
CHANGES: list[tuple[str, dict[str, Any], dict[str, object]]] = [
    ("plaid", {"amount": -500}, {"amount": "500"}),
    ("plaid", {"datetime": None, "transaction_code": "atm"}, {"channel": "atm"}),
    ("plaid", {"transaction_code": "purchase", "payment_channel": "online"}, {"channel": "online"}),
    ("plaid", {"iso_currency_code": None, "location": None}, {"currency": "XXX", "country": None}),
    ("teller", {"account": {"type": "credit", "currency": "USD"}, "amount": "86.46"}, {"amount": "-86.46"}),
    ("teller", {"amount": "1000.00", "type": "ach"}, {"amount": "1000.00", "channel": "ach"}),
    ("berlin-group", {"transactionAmount": {"currency": "EUR", "amount": "45.0"}}, {"amount": "45.0"}),
    ("berlin-group", {"internalTransactionId": None}, {"txn_id": "2020103000624289-1"}),
    ("berlin-group", {"merchantCategoryCode": "5411"}, {"mcc": "5411"}),
    ("camt-053", {"CdtDbtInd": "CRDT"}, {"amount": "12.30"}),
    ("camt-053", {"NtryDtls": None, "AddtlNtryInf": "Lohn"}, {"description": "Lohn", "merchant": None}),
]
PENDING: list[tuple[str, dict[str, Any]]] = [
    ("plaid", {"pending": True}),
    ("teller", {"status": "pending"}),
    ("berlin-group", {"bookingDate": None}),
    ("camt-053", {"Sts": {"Cd": "PDNG"}}),
]
BROKEN: list[tuple[str, dict[str, Any], str]] = [
    ("plaid", {"client_user_id": None}, "client_user_id: is missing (for user_id)"),
    ("teller", {"account": {"currency": "USD"}}, "account.type: is missing (for amount)"),
    ("teller", {"account": {"type": "loan", "currency": "USD"}}, "account.type: says neither out nor in (for amount)"),
    (
        "berlin-group",
        {"transactionAmount": {"currency": "EUR"}},
        "transactionAmount.amount: is missing (for amount)",
    ),
    ("camt-053", {"Amt": {"@Ccy": "EUR", "#text": "-1"}}, "Amt.#text: has a sign beside a field that says the"),
]


def become(name: str, changes: dict[str, Any]) -> object:
    """Return what a shipped mapping makes of its record with some values changed."""
    return load_mapping(name).decode(b"any", json.dumps(deepcopy(RECORDS[name]) | changes).encode())


def test_each_shipped_mapping_has_its_record_here() -> None:
    assert shipped_mappings() == sorted(RECORDS)


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_of_the_shape_becomes_a_transaction(name: str) -> None:
    found = become(name, {})
    assert isinstance(found, Transaction), found
    assert (found.user_id, found.amount) == ("u-7", AMOUNTS[name])
    assert found.description


@pytest.mark.parametrize(("name", "changes", "fields"), CHANGES)
def test_the_facts_of_the_shape_are_kept(name: str, changes: dict[str, Any], fields: dict[str, object]) -> None:
    found = become(name, changes)
    assert isinstance(found, Transaction), found
    assert {field: getattr(found, field) for field in fields} == fields


@pytest.mark.parametrize(("name", "changes"), PENDING)
def test_what_is_pending_is_skipped(name: str, changes: dict[str, Any]) -> None:
    assert become(name, changes) is SkipReason.PENDING


@pytest.mark.parametrize(("name", "changes", "says"), BROKEN)
def test_what_is_broken_names_the_path(name: str, changes: dict[str, Any], says: str) -> None:
    fault = become(name, changes)
    assert isinstance(fault, RecordError)
    assert says in fault.detail

"""Descriptor normalisation: what is left of a statement line, and that nothing can upset it."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.events.transaction import Transaction
from schemas.text.descriptor import KEY_WORDS, Descriptor, build_descriptor, merchant_key, norm_desc
from schemas.text.folding import fold

WORDS = (
    "SQ|*|TST*|PAYPAL *|POS|CHECKCARD|VISA DEBIT|12/05|14:22|2024-03-15|15.03.2024|12 MAR|MAR|7|ELEVEN|MOTEL|6|#123|"
    "STORE|1234|SEATTLE|WA|NEW YORK|NY|LTD|GMBH|//KOELN/DE|xxxx1234|EREF+12|SVWZ+|REF|CARD|amzn|mktp|o2|check24|uhr|"
    "p01017a33b|and|www.|.co.uk|the|of|London|'|É|ß|\ufb01|½|İ"
)
LINES = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS.split("|")), max_size=10).map(" ".join))


@pytest.mark.parametrize(
    ("line", "norm"),
    [
        pytest.param("SQ *BLUE BOTTLE COFFEE 0423 OAKLAND CA", "blue bottle coffee", id="us, square"),
        pytest.param("TST* Joe's Pizza - Brooklyn NY", "joes pizza", id="us, toast, apostrophe"),
        pytest.param("PAYPAL *NETFLIX 4029357733", "netflix", id="paypal with a phone number"),
        pytest.param("AMZN Mktp US*2K4AB12C0 Amzn.com/bill WA", "amazon marketplace", id="amazon marketplace"),
        pytest.param("CHECKCARD 0312 STARBUCKS STORE 12345 BAINBRIDGE ISLAND WA", "starbucks", id="us, unknown city"),
        pytest.param("PURCHASE AUTHORIZED ON 03/12 COSTCO WHSE #0423 CARD 1234", "costco whse", id="us, authorized on"),
        pytest.param("POS 7-ELEVEN 34123", "7 eleven", id="a number that is the name"),
        pytest.param("Motel 6 #1234 Dallas TX", "motel 6", id="a number that ends the name"),
        pytest.param("CARD PAYMENT TO TESCO STORES 5504 ON 12 MAR", "tesco", id="uk, card payment with a date"),
        pytest.param("iZ *Kenton Campbell", "kenton campbell", id="uk, izettle"),
        pytest.param("SumUp *Cafe Paul", "cafe paul", id="sumup"),
        pytest.param("Zettle_*Bob the Baker", "bob the baker", id="zettle"),
        pytest.param("www.amazon.co.uk", "amazon", id="uk, web address"),
        pytest.param("VISA DEBIT PURCHASE CARD 1234 WOOLWORTHS 1234 SYDNEY NSW AU", "woolworths", id="au, visa debit"),
        pytest.param("12/05 Pick n Pay Cape Town ZAF", "pick n pay", id="za, leading date and city"),
        pytest.param("REWE MARKT GMBH//KOELN/DE 2024-03-15T14:22 KFN 1 VJ 2512", "rewe markt", id="de, girocard"),
        pytest.param("KARTENZAHLUNG EDEKA CENTER MÜLLER 15.03.2024 14:32 UHR", "edeka center muller", id="de, card"),
        pytest.param("SEPA-Lastschrift EREF+12 MREF+abc SVWZ+Miete März", "miete marz", id="de, sepa fields"),
        pytest.param("SPOTIFY P01017A33B", "spotify", id="reference of letters and digits"),
        pytest.param("DD *DOORDASH WINGSTOP 855-973-1040 CA", "doordash wingstop", id="us, delivery with a phone"),
        pytest.param("PY *JOES GARAGE 512-555-0100 TX", "joes garage", id="us, paya"),
        pytest.param("DEBIT CARD PURCHASE - PANDA EXPRESS 00234 SEATTLE WA", "panda express", id="us, debit card"),
        pytest.param("ACH WITHDRAWAL DUKE ENERGY 091000012345", "duke energy", id="us, ach"),
        pytest.param("TACO BELL COSTA MESA CA", "taco bell", id="us, town of two words"),
        pytest.param("RIVERA ENTERPRISES CASTLE ROCK CO US", "rivera enterprises", id="us, town, state and country"),
        pytest.param("FAIRWEATHER COMMERCE CA", "fairweather", id="us, a town that is an ordinary word"),
        pytest.param("ACME BEAUTY COLORADO SPRI CO", "acme beauty", id="us, a town cut at 13 characters"),
        pytest.param("STATE COLLEGE PA", "state college", id="us, a town alone is all there is"),
        pytest.param("UNIVERSITY OF BOWLING GREEN KY", "university of bowling green", id="us, a town that is the name"),
        pytest.param("SMITH BROTHERS CO", "smith brothers", id="a legal form that is a state elsewhere"),
        pytest.param("THORNE & PARTNERS LEAMINGTON SPA", "thorne partners", id="uk, a town without a code"),
        pytest.param("MONOPRIX BAR-LE-DUC FR", "monoprix", id="fr, town and country"),
        pytest.param("KRUEGER GMBH BAD REICHENHALL", "krueger", id="de, town of two words"),
        pytest.param("HILLCREST CAFE", "hillcrest cafe", id="a town that opens the line is a name"),
        pytest.param("LIDL GB SHEFFIELD", "lidl", id="uk, country and city"),
        pytest.param("BOOTS 1234 CARDIFF GB ON 02-04-2025", "boots", id="uk, date at the end"),
        pytest.param(
            "BILL PAYMENT VIA FASTER PAYMENT TO BRITISH GAS REFERENCE 85001234", "british gas", id="uk, bill payment"
        ),
        pytest.param("RYANAIR000000ABC123 DUBLIN", "ryanair", id="uk, booking written against the name"),
        pytest.param("DIRECT DEBIT PAYMENT TO BT GROUP PLC REF 0012", "bt group", id="uk, direct debit"),
        pytest.param("POS PURCHASE CHECKERS SANDTON ZA 402837*1234 14 MAR", "checkers", id="za, masked card, date"),
        pytest.param("DEBIT ORDER OLD MUTUAL LIFE 0012345678", "old mutual life", id="za, debit order"),
        pytest.param("YOCO *KOFFIE HUIS STELLENBOSCH", "koffie huis", id="za, yoco"),
        pytest.param("MAGTAPE DEBIT BONDCO HOME LOAN 8812734", "bondco home loan", id="za, magtape"),
        pytest.param("EFTPOS PURCHASE AT IGA LOCAL GROCER PERTH WA AU", "iga local grocer", id="au, eftpos"),
        pytest.param("COLES 4567 RICHMOND VIC", "coles", id="au, suburb behind a store number"),
        pytest.param("BUNNINGS 456000 SYDNEY NSW CARD XX1234 VALUE DATE: 12/03/2025", "bunnings", id="au, value date"),
        pytest.param("BPAY BILL PAYMENT ORIGIN ENERGY 1234567", "origin energy", id="au, bpay"),
        pytest.param("TELSTRA CORP PTY LTD MELBOURNE", "telstra", id="au, legal form and city"),
        pytest.param("REWE SAGT DANKE. 4412//KOELN/DE 2025-03-15T14:22 KFN 1", "rewe", id="de, the till says thanks"),
        pytest.param("LASTSCHRIFT STADTWERKE BONN ABSCHLAG 03/2025", "stadtwerke bonn abschlag", id="de, direct debit"),
        pytest.param("Bäckerei Schäfer GmbH Mainz", "backerei schafer", id="de, umlauts, legal form, city"),
        pytest.param("SumUp *Eiscafé Venezia Köln DE", "eiscafe venezia", id="de, sumup, accents"),
        pytest.param("Card Factory", "card factory", id="a name that starts like a wrapping"),
        pytest.param("TOYS R US", "toys r us", id="a name that ends like a country"),
        pytest.param("University of Birmingham", "university of birmingham", id="a name that ends in a city"),
        pytest.param("xxxx1234", "xxxx1234", id="nothing but a masked card is kept"),
        pytest.param("***", "", id="no words at all"),
    ],
)
def test_what_banks_and_processors_write_around_the_merchant_is_gone(line: str, norm: str) -> None:
    assert norm_desc(line) == norm


@given(LINES)
def test_normalising_twice_is_normalising_once(line: str) -> None:
    norm = norm_desc(line)
    assert norm_desc(norm) == norm


@given(LINES)
def test_the_norm_is_folded_words_with_single_spaces(line: str) -> None:
    norm = norm_desc(line)
    assert fold(norm) == norm
    assert norm == " ".join(norm.split())


@given(st.text(max_size=60).filter(lambda line: not {"#", "+", "/"}.intersection(line)))
@example("#0")
def test_a_line_with_words_never_becomes_empty(line: str) -> None:
    """What a mark makes a number, a field of a transfer or a place ("#0", "EREF+1", "//CITY/DE") is no word."""
    assert bool(norm_desc(line)) == (bool(fold(line)) and line != "#0")


@given(LINES)
def test_the_key_is_the_key_of_itself_and_fits_a_hint(line: str) -> None:
    key = merchant_key(norm_desc(line))
    assert merchant_key(key) == key
    assert len(key.split()) <= KEY_WORDS
    assert len(key) <= 256


@pytest.mark.parametrize("first", range(0, 0x11_0000, 0x1_0000), ids=hex)
def test_every_code_point_folds_once_and_for_all(first: int) -> None:
    folded = fold(" ".join(f"a{chr(point)}b" for point in range(first, first + 0x1_0000)))
    assert fold(folded) == folded


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param("TESCO STORES 5504", "Tesco Store 2933 London", id="stores of one chain"),
        pytest.param("Müller Drogerie", "MULLER DROGERIE", id="accents"),
        pytest.param("MCDONALD'S F1234", "mcdonalds", id="apostrophe"),
        pytest.param("The Card Shop", "CARD SHOP LTD", id="article and legal form"),
    ],
)
def test_one_merchant_has_one_key(left: str, right: str) -> None:
    assert merchant_key(norm_desc(left)) == merchant_key(norm_desc(right))


@pytest.mark.parametrize(
    ("description", "merchant", "descriptor"),
    [
        pytest.param(
            "TESCO 12345", "Asda", Descriptor("tesco", "tesco", "tesco 12345"), id="the description comes first"
        ),
        pytest.param("", "Asda", Descriptor("asda", "asda", "asda"), id="the merchant stands in"),
        pytest.param(" * ", "Asda", Descriptor("asda", "asda", "asda"), id="a description without words is empty"),
        pytest.param("", None, Descriptor("", "", ""), id="neither"),
    ],
)
def test_the_descriptor_of_a_transaction(description: str, merchant: str | None, descriptor: Descriptor) -> None:
    transaction = Transaction(
        schema_version="1.0",
        txn_id="t",
        user_id="u",
        account_id="a",
        occurred_at=datetime(2024, 3, 15, tzinfo=UTC),
        amount="-1.00",
        currency="GBP",
        description=description,
        merchant=merchant,
    )
    assert build_descriptor(transaction) == descriptor

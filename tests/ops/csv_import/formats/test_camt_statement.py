"""A CAMT statement is doubted where its entries do not lead from its opening to its closing balance."""

import pytest

from ops.csv_import.formats.camt_statement import CamtPart, CamtStatement


def balance(kind: str, amount: str, way: str = "CRDT") -> CamtPart:
    return CamtPart(1, {"Tp/CdOrPrtry/Cd": [kind], "Amt": [amount], "CdtDbtInd": [way]})


def entry(amount: str, way: str, status: str = "BOOK") -> CamtPart:
    return CamtPart(1, {"Amt": [amount], "CdtDbtInd": [way], "Sts/Cd": [status]})


def statement(*entries: CamtPart, opening: str = "OPBD", closing: str = "90.00") -> CamtStatement:
    made = CamtStatement()
    made.balance(balance(opening, "100.00"))
    for one in entries:
        made.add(one)
    made.balance(balance("CLBD", closing))
    return made


@pytest.mark.parametrize(
    ("made", "is_wrong"),
    [
        pytest.param(statement(entry("10.00", "DBIT")), False, id="adds up"),
        pytest.param(statement(entry("10.01", "DBIT")), True, id="a cent off"),
        pytest.param(statement(entry("10.00", "DBIT"), entry("5", "DBIT", "PDNG")), False, id="pending moves nothing"),
        pytest.param(statement(entry("10.00", "DBIT"), entry("1,0", "DBIT")), False, id="one that is not read"),
        pytest.param(statement(entry("10.01", "DBIT"), opening="PRCD"), True, id="from the day before"),
        pytest.param(statement(entry("7.00", "DBIT"), opening="ITAV"), False, id="no opening balance"),
    ],
)
def test_balances_are_compared_where_all_of_them_are_known(made: CamtStatement, is_wrong: bool) -> None:
    assert made.is_wrong() is is_wrong


def test_a_page_that_is_not_the_last_is_not_compared() -> None:
    made = statement(entry("10.01", "DBIT"))
    made.note("StmtPgntn/LastPgInd", "false")
    assert not made.is_wrong()


def test_the_iban_names_the_account_before_the_number_of_the_bank() -> None:
    made = CamtStatement()
    made.note("Acct/Id/Othr/Id", "4711")
    assert made.account_id == "4711"
    made.note("Acct/Id/IBAN", "GB00BANK")
    assert made.account_id == "GB00BANK"

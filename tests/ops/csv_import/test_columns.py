"""A map says which column holds which field; what it leaves open is found by name, and half a pair is refused."""

import pytest

from ops.csv_import.columns import CsvMap, CsvMapError, NoColumnError

HEADER = ["Date", "Paid out", "Paid in", "Text", "Balance"]


@pytest.mark.parametrize(
    ("given", "file", "columns"),
    [
        pytest.param("amount=B", "amount=A,description=T", {"amount": "B", "description": "T"}, id="an option wins"),
        pytest.param("amount_out=O", "amount=A,direction=D", {"amount_out": "O"}, id="a pair replaces an amount"),
        pytest.param("amount=A", "amount_out=O,amount_in=I", {"amount": "A"}, id="and an amount a pair"),
        pytest.param("amount=", "amount=A", {"amount": ""}, id="a field is switched off"),
    ],
)
def test_what_the_user_says_goes_over_what_a_profile_says(given: str, file: str, columns: dict[str, str]) -> None:
    assert CsvMap.parse(given).over(CsvMap.parse(file)).columns == columns


def test_a_column_is_found_by_its_name_in_any_case_or_by_its_number() -> None:
    asked = CsvMap.parse("occurred_at=date,amount_out=2,amount_in=PAID  IN,description=Text")
    assert asked.places(HEADER) == {"occurred_at": 0, "amount_out": 1, "amount_in": 2, "description": 3}


def test_a_name_that_stands_twice_is_asked_about_by_number() -> None:
    with pytest.raises(CsvMapError, match="the file has the column 'Text' twice: give its number, description=2 or 3"):
        CsvMap.parse("description=Text").places(["Date", "Text", "Text", "amount"])


def test_one_direction_alone_would_lose_half_of_the_money() -> None:
    with pytest.raises(CsvMapError, match="'Paid out' holds one direction only: give --map 'amount_out=Paid out,"):
        CsvMap.parse("occurred_at=Date,amount_out=Paid out,description=Text").places(HEADER)


def test_what_has_no_column_is_proposed_from_usual_names() -> None:
    with pytest.raises(NoColumnError) as missing:
        CsvMap.parse("").places(["Booking date", "Betrag", "Verwendungszweck"])
    assert missing.value.proposals["amount"] == "Betrag"
    assert missing.value.names == ["Booking date", "Betrag", "Verwendungszweck"]


def test_without_a_header_fields_are_numbers_of_columns_that_there_are() -> None:
    assert CsvMap.parse("occurred_at=1,amount=3,description=2").numbered(3) == {
        "occurred_at": 0, "amount": 2, "description": 1,
    }  # fmt: skip
    for text in ("occurred_at=0,amount=3,description=2", "occurred_at=4,amount=3,description=2", "amount=Betrag"):
        with pytest.raises(CsvMapError, match="is the number of a column from 1 to 3"):
            CsvMap.parse(text).numbered(3)

"""Field 86 of MT940 gives the name of the other party and the text, however the bank structures it."""

import pytest

from ops.csv_import.formats.mt940_text import text_of_payment


@pytest.mark.parametrize(
    ("lines", "party", "text"),
    [
        pytest.param(
            ["166?00GUTSCHRIFT?20EREF+4711?21SVWZ+Rechnung 17?32Muster GmbH"], "Muster GmbH", "Rechnung 17", id="german"
        ),
        pytest.param(
            ["005?20A PART OF 27 CHARACTERS A WO?21RD GOES ON?32LONG NAME OF A PAYER 27 CHR?33S"],
            "LONG NAME OF A PAYER 27 CHRS",
            "A PART OF 27 CHARACTERS A WORD GOES ON",
            id="words across parts",
        ),
        pytest.param(
            ["/TRTP/SEPA INCASSO/NAME/ENERGIE BV/REMI/Maart", " 2024/EREF/1"], "ENERGIE BV", "Maart 2024", id="dutch"
        ),
        pytest.param(["/TRTP/SEPA/CNTP/NL00BANK/BANKNL2A/Bakker//"], "", "SEPA", id="no name in the last part"),
        pytest.param(["CARD PAYMENT", " 1 MARCH "], "", "CARD PAYMENT 1 MARCH", id="free"),
        pytest.param(["ref /NAME/ once"], "", "ref /NAME/ once", id="one slashed word is text"),
    ],
)
def test_the_other_party_and_the_text_are_told_apart(lines: list[str], party: str, text: str) -> None:
    assert text_of_payment(lines) == (party, text)

"""Ten files as ten banks write them are imported with nothing but what the program says, as the page shows it."""

import re
from shlex import split

import pytest

from tests.promises.bank_files import PAGE, STATEMENTS, commands, copy_files, printed
from tests.promises.stack import Stack

ROWS = {
    "bank-of-america.csv": 3,
    "barclays.csv": 3,
    "chase.csv": 3,
    "credit-agricole.csv": 3,
    "dkb.csv": 2,
    "ing.csv": 3,
    "lloyds.csv": 3,
    "revolut.csv": 2,
    "sparkasse.csv": 3,
    "wells-fargo.csv": 3,
    "statement.xlsx": 3,
    "card.ofx": STATEMENTS.joinpath("card.ofx").read_text().count("<STMTTRN>"),
    "giro.camt053.xml": STATEMENTS.joinpath("giro.camt053.xml").read_text().count("<TxDtls>"),
    "giro.sta": STATEMENTS.joinpath("giro.sta").read_text().count("\n:61:"),
}


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.promise("what was typed and what was printed", "docs/BANK_FILES.md")
def test_what_was_typed_prints_what_the_page_says_and_loads_every_row(stack: Stack) -> None:
    copy_files(stack.folder)
    differs, loaded = [], {}
    for command, said in commands(PAGE.read_text()):
        done = stack.run(*split(command))
        if printed(done) != said:
            differs.append((command, said, printed(done)))
        if found := re.search(r"import ID: (\d+) transactions", printed(done)):
            loaded[split(command)[1]] = int(found[1])
    assert differs == []
    assert loaded == ROWS

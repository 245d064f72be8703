"""ACLs: the table of docs/SECURITY.md and the command are the same."""

import re

from schemas.contracts.acls import ACLS
from tests.conftest import ROOT

ROW = re.compile(r"^\| (\w+) \| (topic|group|transactional id) \| (\S+) \| (.+) \|$", re.MULTILINE)


def test_the_page_holds_the_rows_of_the_command() -> None:
    written = ROW.findall((ROOT / "docs" / "SECURITY.md").read_text())
    assert written == [(one.user, one.resource, one.name, ", ".join(one.operations)) for one in ACLS]

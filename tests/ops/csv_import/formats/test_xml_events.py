"""XML of banks is read element by element; what could read other files or fill the memory is refused by its line."""

import io

import pytest

from ops.csv_import.cells import CsvSourceError
from ops.csv_import.formats.xml_events import DEEPEST, LONGEST_TEXT, xml_events


def events(content: str) -> list[tuple[bool, str, int, str]]:
    return [event[:4] for event in xml_events(io.BytesIO(content.encode()), "bank.xml")]


def test_elements_come_in_order_with_their_lines_and_without_prefixes() -> None:
    assert events('<?xml version="1.0"?>\n<a:Doc xmlns:a="u">\n<a:Amt Ccy="EUR"> 1.50 </a:Amt>\n</a:Doc>') == [
        (True, "Doc", 2, ""),
        (True, "Amt", 3, ""),
        (False, "Amt", 3, "1.50"),
        (False, "Doc", 4, ""),
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///x">]><a>&x;</a>', "declares a document", id="entity"),
        pytest.param("<a><b></a>", "line 1 is no XML", id="not closed"),
        pytest.param("<a>", "is no XML", id="cut short"),
        pytest.param("<a>" * (DEEPEST + 1), f"elements lie over {DEEPEST} deep", id="deep"),
        pytest.param(f"<a>{'x' * (LONGEST_TEXT + 1)}</a>", f"a text is over {LONGEST_TEXT:,} characters", id="long"),
    ],
)  # fmt: skip
def test_what_no_bank_writes_is_refused_in_one_line(content: str, says: str) -> None:
    with pytest.raises(CsvSourceError) as refused:
        events(content)
    assert str(refused.value).startswith("bank.xml: line ")
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)

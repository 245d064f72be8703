"""What a file is shows in its first bytes: the formats that are read, and for others what to do instead."""

import io
import zipfile

import pytest

from ops.csv_import.kinds import HEAD_BYTES, Kind, foreign_kind, kind_of, unmarked_utf16


def archive(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        pytest.param(b"OFXHEADER:100\r\nDATA:OFXSGML\r\n<OFX>", Kind.OFX_SGML, id="OFX 1"),
        pytest.param(b'<?xml version="1.0"?>\n<?OFX OFXHEADER="200"?><OFX>', Kind.OFX_XML, id="OFX 2"),
        pytest.param(b'\xef\xbb\xbf<?xml version="1.0"?><Document xmlns="urn:camt.053.001.08">', Kind.CAMT, id="CAMT"),
        pytest.param(b"{1:F01BANKDEFFXXXX}{2:I940}", Kind.MT940, id="MT940 in an envelope"),
        pytest.param(b"\r\n:20:STARTUMS\r\n:25:10010010/1\r\n", Kind.MT940, id="MT940 without one"),
        pytest.param(b'{"txn_id": "1"}\n', Kind.JSON_LINES, id="JSON lines"),
        pytest.param(archive("xl/workbook.xml"), Kind.WORKBOOK, id="workbook"),
        pytest.param(b"Date,Amount,:20: in a text\n", Kind.TEXT, id="table"),
        pytest.param(b"", Kind.TEXT, id="nothing"),
    ],
)
def test_the_format_is_told_by_content_and_the_stream_is_left_at_its_start(content: bytes, kind: Kind) -> None:
    stream = io.BytesIO(content)
    assert kind_of(stream) is kind
    assert stream.tell() == 0


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        pytest.param(b"%PDF-1.7", "a PDF: ask the bank for CSV", id="pdf"),
        pytest.param(archive("content.xml", "mimetype"), "a LibreOffice workbook (.ods)", id="ods"),
        pytest.param(archive("xl/workbook.bin"), "an Excel workbook (.xlsb)", id="xlsb"),
        pytest.param(archive("bank.csv"), "a zip archive or a spreadsheet: unpack it", id="zip"),
        pytest.param(b"PK\x03\x04 cut short", "a zip archive or a spreadsheet: unpack it", id="cut zip"),
        pytest.param(b" \n<!DOCTYPE HTML><body>log in", "a web page: fetch the file again", id="login page"),
        pytest.param(b"!Type:Bank\nD01/02/2024", "QIF, which says neither", id="qif"),
        pytest.param(b'[{"a": 1}]', "a list of JSON: write one object a line", id="json list"),
        pytest.param(b"x" * 257 + b"ustar" + b"\0" * 250, "a tar archive: unpack it", id="tar"),
        pytest.param(b"<?xml version='1.0'?><invoice/>", "XML, but neither OFX nor camt.053", id="other xml"),
    ],
)
def test_what_is_no_table_is_named_with_what_to_do(content: bytes, advice: str) -> None:
    found = foreign_kind(io.BytesIO(content))
    assert found is not None
    assert found.startswith(advice)


def test_a_table_that_mentions_a_tag_further_on_is_a_table() -> None:
    assert foreign_kind(io.BytesIO(b"Date;Text\n1.2.2024;<table>\n")) is None


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_recognised_in_both_orders(encoding: str) -> None:
    assert unmarked_utf16("Datum;Betrag;Text\n".encode(encoding)[:HEAD_BYTES]) == encoding


def test_neither_plain_text_nor_a_few_bytes_are_utf16() -> None:
    assert unmarked_utf16(b"Datum;Betrag;Text\n") is None
    assert unmarked_utf16(b"D\0") is None

"""Kinds: what a file is, by its first bytes."""

import re
import zipfile
from enum import StrEnum
from typing import BinaryIO, Final

HEAD_BYTES: Final = 4_096
_STARTS: Final = (
    (b"PK\x03\x04", ""),  # looked into
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls): save it as CSV in the spreadsheet program"),
    (b"%PDF", "a PDF: ask the bank for CSV"),
    (b"SQLite format 3", "an SQLite database: export its table as CSV"),
    (b"PAR1", "Parquet: write it as CSV"),
    (b"BZh", "bzip2: unpack it"),
    (b"\xfd7zXZ", "xz: unpack it"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it"),
    (b"Rar!", "a RAR archive: unpack it"),
    (b"{\\rtf", "rich text: save it as CSV"),
    (b"\x89PNG", "an image: ask the bank for CSV"),
    (b"\xff\xd8\xff", "an image: ask the bank for CSV"),
)
_TEXT_STARTS: Final = (
    ("<!doctype html", "a web page: fetch the file again while logged in, or ask the bank for CSV"),
    ("<html", "a web page: fetch the file again while logged in, or ask the bank for CSV"),
    ("<table", "a web page: open it in a spreadsheet program and save it as CSV"),
    ("!type:", "QIF, which says neither currency nor ids: ask the bank for OFX, CAMT or CSV"),
)


class Kind(StrEnum):
    """The formats that are read, in the words of messages."""

    TEXT = "a table in text"
    OFX_SGML = "OFX 1"
    OFX_XML = "OFX 2"
    CAMT = "CAMT"
    MT940 = "MT940"
    WORKBOOK = "a workbook"
    JSON_LINES = "JSON lines"
    PLUG_IN = "a format of --reader"


_MT940: Final = re.compile(r"^:20:.*?^:(?:25P?|28C?):", re.MULTILINE | re.DOTALL).search
_OFX_1: Final = re.compile(r"ofxheader\s*:|<ofx>").match


def kind_of(stream: BinaryIO) -> Kind:
    """Return which format a file is in, a table in text where none other; leaves the stream at its start."""
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    if head.startswith(b"PK\x03\x04"):
        return Kind.WORKBOOK if _archive(stream) is None else Kind.TEXT
    text = head.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").decode("latin-1").lstrip("\xfe\xff \t\r\n")
    folded = text.casefold()
    if folded.startswith(("<?xml", "<ofx", "<?ofx", "<document", "<!doctype")):
        if "camt.05" in folded or "<bktocstmr" in folded:
            return Kind.CAMT
        if "<?ofx" in folded or (folded.startswith("<?xml") and "<ofx>" in folded):
            return Kind.OFX_XML
    if _OFX_1(folded):
        return Kind.OFX_SGML
    if text.startswith("{1:F01") or _MT940(text.replace("\r\n", "\n").replace("\r", "\n")):
        return Kind.MT940
    return Kind.JSON_LINES if folded.startswith(('{"', '{ "')) else Kind.TEXT


def foreign_kind(stream: BinaryIO) -> str | None:
    """Return what a file is and what to do, or None where it may be a table in text; leaves the stream at its start."""
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind or _archive(stream) or "an Excel workbook"
    if head[257:262] == b"ustar":
        return "a tar archive: unpack it"
    text = head.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").decode("ascii", "ignore").lstrip().casefold()
    for begin, kind in _TEXT_STARTS:
        if text.startswith(begin):
            return kind
    if "urn:schemas-microsoft-com:office:spreadsheet" in text:
        return "an Excel 2003 workbook in XML: save it as .xlsx or CSV in the spreadsheet program"
    if text.startswith("<") and "<table" in text:
        return "a web page: open it in a spreadsheet program and save it as CSV"
    if text.startswith("<?xml"):
        name = "a web page" if "<html" in text else "XML, but neither OFX nor camt.053"
        return f"{name}: ask the bank for OFX, camt.053 or CSV"
    if text.startswith(("[{", "[\n", "[\r")):
        return "a list of JSON: write one object a line, without brackets and commas around them"
    return None


def unmarked_utf16(head: bytes) -> str | None:
    """Return which UTF-16 the first bytes are in, where they are and no mark says so."""
    pairs = len(head) // 2
    if pairs < 4:
        return None
    low, high = head[1 : pairs * 2 : 2].count(0), head[0 : pairs * 2 : 2].count(0)
    if low > pairs * 0.6 and high < pairs * 0.1:
        return "utf-16-le"
    return "utf-16-be" if high > pairs * 0.6 and low < pairs * 0.1 else None


def _archive(stream: BinaryIO) -> str | None:
    """Name what lies in a zip, without unpacking it; None for a workbook that is read."""
    names: list[str] = []
    try:
        with zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        pass
    finally:
        stream.seek(0)
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    if any(name.endswith(".bin") and name.startswith("xl/workbook") for name in names):
        return "an Excel workbook (.xlsb): save it as .xlsx or CSV in the spreadsheet program"
    if any(name.startswith("xl/") for name in names) or b"xl/" in head or b"[Content_Types].xml" in head:
        return None
    if "content.xml" in names or b"opendocument" in head:
        return "a LibreOffice workbook (.ods): save it as CSV in the spreadsheet program"
    if any(name.startswith("Index/") for name in names):
        return "a Numbers document: export it as CSV"
    return "a zip archive or a spreadsheet: unpack it, or save it as CSV in the spreadsheet program"

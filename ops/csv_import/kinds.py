"""Kinds: what a file is, by its first bytes, where it is no table in plain text."""

import io
import zipfile
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
    ("ofxheader", "OFX: ask the bank for CSV"),
    ("<ofx>", "OFX: ask the bank for CSV"),
    ("!type:", "QIF: ask the bank for CSV"),
    (":20:", "MT940: ask the bank for CSV"),
    ("{1:f01", "MT940: ask the bank for CSV"),
)


def foreign_kind(stream: BinaryIO) -> str | None:
    """Return what a file is and what to do, or None where it may be a table in text; leaves the stream at its start."""
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind or _archive(stream)
    if head[257:262] == b"ustar":
        return "a tar archive: unpack it"
    text = head.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").decode("ascii", "ignore").lstrip().casefold()
    for begin, kind in _TEXT_STARTS:
        if text.startswith(begin):
            return kind
    if text.startswith("<?xml"):
        is_camt, is_ofx = "camt.05" in text, "<?ofx" in text
        name = "CAMT, XML of a bank" if is_camt else "OFX" if is_ofx else "a web page" if "<html" in text else "XML"
        return f"{name}: ask the bank for CSV"
    if text.startswith(('{"', "[{", '[\n{"')):
        return "JSON: ledgermind validate reads lines of JSON, this command reads CSV"
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


def _archive(stream: BinaryIO) -> str:
    """Name what lies in a zip, without unpacking it."""
    names: list[str] = []
    try:
        with zipfile.ZipFile(io.BytesIO(stream.read(16 << 20))) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        pass
    finally:
        stream.seek(0)
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    if any(name.startswith("xl/") for name in names) or b"xl/" in head or b"[Content_Types].xml" in head:
        return "an Excel workbook (.xlsx): save it as CSV in the spreadsheet program"
    if "content.xml" in names or b"opendocument" in head:
        return "a LibreOffice workbook (.ods): save it as CSV in the spreadsheet program"
    if any(name.startswith("Index/") for name in names):
        return "a Numbers document: export it as CSV"
    return "a zip archive or a spreadsheet: unpack it, or save it as CSV in the spreadsheet program"

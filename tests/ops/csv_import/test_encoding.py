"""A file's encoding is read from its mark; where there is none, what it reads as decides the advice."""

import pytest

from ops.csv_import.encoding import advise, is_codec, marked

CYRILLIC_OR_GREEK = "cp1251 (Cyrillic) or cp1253 (Greek)"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("utf-32", "utf-32"), ("utf-8", None), ("cp1252", None)],
)
def test_a_mark_names_the_encoding(encoding: str, found: str | None) -> None:
    assert marked("Datum;Betrag".encode(encoding)) == found


def test_marks_of_the_other_byte_order_are_known_and_nothing_has_none() -> None:
    assert marked(b"\xfe\xff\0D") == "utf-16"
    assert marked(b"\0\0\xfe\xff\0\0\0D") == "utf-32"
    assert marked(b"") is None


@pytest.mark.parametrize("name", ["utf-8", "cp1252", "latin-1", "shift_jis", "utf-16", "UTF8"])
def test_an_encoding_of_text_files_is_one(name: str) -> None:
    assert is_codec(name)


@pytest.mark.parametrize("name", ["", "nonsense", "base64", "rot13", "idna", "punycode", "unicode_escape", "utf-7"])
def test_what_makes_no_text_of_a_file_is_none(name: str) -> None:
    assert not is_codec(name)


@pytest.mark.parametrize(
    ("text", "encoding", "advice"),
    [
        pytest.param("Café Müller, Straße 5", "cp1252", "cp1252", id="Western Europe"),
        pytest.param("Zażółć gęślą jaźń w sklepie", "cp1250", "cp1250", id="Poland"),
        pytest.param("\u041e\u043f\u043b\u0430\u0442\u0430", "cp1251", CYRILLIC_OR_GREEK, id="Cyrillic"),
    ],
)
def test_a_few_letters_are_judged_by_what_they_read_as(text: str, encoding: str, advice: str) -> None:
    assert advise(text.encode(encoding)) == advice

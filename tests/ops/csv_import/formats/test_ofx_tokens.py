"""OFX 1 leaves closing tags out and OFX 2 does not: both become the same tokens, whatever block a tag falls into."""

import io

import pytest

from ops.csv_import.cells import CsvSourceError
from ops.csv_import.formats.ofx_tokens import BLOCK, Token, sgml_tokens, xml_tokens


def read(content: str) -> list[Token]:
    return list(sgml_tokens(io.BytesIO(content.encode("cp1252")), "bank.ofx", "cp1252"))


def test_values_without_closing_tags_and_entities_are_read_with_their_lines() -> None:
    assert read("HEAD:1\n\n<OFX>\n<NAME>Marks &amp; Spencer &#163;\n<MEMO><![CDATA[a < b]]></MEMO>\n<E/></OFX>") == [
        Token(True, "OFX", "", 3),
        Token(True, "NAME", "Marks & Spencer £", 4),
        Token(True, "MEMO", "a < b", 5),
        Token(False, "MEMO", "", 5),
        Token(True, "E", "", 6),
        Token(False, "E", "", 6),
        Token(False, "OFX", "", 6),
    ]  # fmt: skip


@pytest.mark.parametrize("shift", range(-9, 3))
def test_a_tag_that_a_block_cuts_in_two_is_read_whole(shift: int) -> None:
    head = "<OFX><NAME>"
    content = head + "x" * (BLOCK - len(head) + shift) + "<MEMO><![CDATA[<y>]]></MEMO></OFX>"
    assert [(one.tag, len(one.text)) for one in read(content) if one.is_open] == [
        ("OFX", 0), ("NAME", BLOCK - len(head) + shift), ("MEMO", 3),
    ]  # fmt: skip


def test_a_bare_angle_bracket_is_refused_by_its_line() -> None:
    with pytest.raises(CsvSourceError, match=r"^bank\.ofx: line 2 holds a < that begins no tag"):
        read("<OFX>\n<NAME>a < b>\n</OFX>")


def test_a_reference_to_a_character_that_there_is_not_becomes_a_blank() -> None:
    assert read("<OFX><NAME>a&#xD800;b&#x110000;c</OFX>")[1].text == "a b c"


def test_ofx_2_gives_the_same_tokens() -> None:
    xml = io.BytesIO(b"<OFX><NAME>Marks &amp; Spencer</NAME></OFX>")
    sgml = [one for one in read("<OFX><NAME>Marks &amp; Spencer</NAME></OFX>") if one.text or one.tag == "OFX"]
    assert [one for one in xml_tokens(xml, "bank.ofx") if one.text or one.tag == "OFX"] == sgml

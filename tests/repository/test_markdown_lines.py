"""Markdown: a line of prose has at most 140 characters, where it can be broken."""

from tests.repository.markdown_lines import MOST, broken, long_lines, tracked

LONG = "A sentence of some words. " * 8


def test_no_line_of_prose_is_longer_than_agreed() -> None:
    left = {str(path): lines for path in tracked() if (lines := long_lines(path.read_text(encoding="utf-8")))}
    assert left == {}, "run: python tests/repository/markdown_lines.py --fix"


def test_a_long_line_is_found_and_broken_after_a_sentence() -> None:
    text = f"# Title\n- {LONG.strip()}\n\n| {LONG} |\n| --- |\n"
    assert long_lines(text) == [2]
    fixed = broken(text)
    assert long_lines(fixed) == []
    assert all(len(line) <= MOST for line in fixed.splitlines()[1:4])
    assert fixed.splitlines()[1].endswith("words.")
    assert fixed.splitlines()[2].startswith("  A sentence")
    assert fixed.replace("\n  ", " ") == text


def test_code_and_tables_stay_as_wide_as_they_are() -> None:
    wide = f"```\n{LONG}\n```\n\n| a |\n| --- |\n| {LONG}|\n"
    assert long_lines(wide) == []

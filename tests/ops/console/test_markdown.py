from ops.console.markdown import to_html


def test_markup_is_shown_and_every_table_can_be_scrolled_by_keyboard() -> None:
    page = to_html("<script>x</script>\n\n| a |\n| --- |\n| <b> |\n\n| c |\n| --- |\n| d |\n")
    assert "<script>" not in page
    assert "<b>" not in page
    assert page.count('tabindex="0"') == page.count("</table></div>") == 2
    assert (page.count('aria-label="Table 1"'), page.count('aria-label="Table 2"')) == (1, 1)

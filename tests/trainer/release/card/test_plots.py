"""Each plot says in words what it shows, stays within its frame, and takes no markup from its labels."""

import re
from xml.etree import ElementTree

from trainer.release.card.plots import gaps, line_plot, reliability_plot


def drawn(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def test_somebody_who_cannot_see_it_is_told_where_it_is_worst() -> None:
    points = [(0.2, 0.2, 0.0, 0.5), (0.9, 0.6, 0.3, 0.4), (0.7, 0.1, 0.6, 0.01)]
    root = drawn(reliability_plot(points, of="Dining & more"))
    assert root.get("aria-label") == (
        "Reliability of Dining & more, in 3 bins. The bin that counts most against it: said 0.90, was right 0.60."
    )
    assert len([one for one in root if one.get("class") == "dot"]) == 3


def test_no_bin_is_drawn_and_none_is_blamed_where_there_are_none() -> None:
    assert drawn(reliability_plot([], of="Cash")).get("aria-label") == "Reliability of Cash, in 0 bins."


def test_lines_stay_in_the_frame_and_a_mark_outside_of_it_is_left_out() -> None:
    svg = line_plot([[(0.0, 0.0), (1.0, 2.0)], []], words="<b>", across="x < y", along="a", mark=2.0, top=2.0)
    root = drawn(svg)
    assert root.get("aria-label") == "<b>"
    assert [one.get("class") for one in root if one.tag == "path"] == ["grid", "line line0"]
    _, _, width, height = map(float, str(root.get("viewBox")).split())
    (path,) = [str(one.get("d")) for one in root if one.get("class") == "line line0"]
    places = [tuple(map(float, pair)) for pair in re.findall(r"([\d.]+) ([\d.]+)", path)]
    assert all(0 <= x <= width and 0 <= y <= height for x, y in places)


def test_points_without_a_value_are_gaps() -> None:
    assert gaps([(0.1, None), (0.2, 0.5)]) == [(0.2, 0.5)]

"""Plots: small inline SVG, in the page's own colours, each with the words that somebody who cannot see it needs."""

from collections.abc import Sequence
from html import escape
from itertools import pairwise
from typing import Final

SIZE: Final = 100.0  # of the drawn square; around it a margin for the labels
_LEFT: Final = 22.0
_BOTTOM: Final = 16.0
_TOP: Final = 6.0
_BOX: Final = f"0 0 {SIZE + _LEFT + 8:.0f} {SIZE + _BOTTOM + _TOP:.0f}"
Point = tuple[float, float]


def reliability_plot(points: Sequence[tuple[float, float, float, float]], *, of: str) -> str:
    """Return confidence against how often it was right; the size of a dot is its share of the rows."""
    dots = "".join(
        f'<circle class="dot" cx="{_x(sure):.1f}" cy="{_y(right):.1f}" r="{1.5 + 6 * share**0.5:.1f}"/>'
        for sure, right, _, share in points
    )
    worst = max(points, key=lambda point: abs(point[2]) * point[3], default=None)
    words = f"Reliability of {of}, in {len(points)} bins."
    if worst is not None:
        words += f" The bin that counts most against it: said {worst[0]:.2f}, was right {worst[1]:.2f}."
    diagonal = f'<path class="grid" d="M{_x(0):.1f} {_y(0):.1f}L{_x(1):.1f} {_y(1):.1f}"/>'
    return _svg(words, diagonal + dots, across="confidence", along="right")


def line_plot(
    lines: Sequence[Sequence[Point]],
    *,
    words: str,
    across: str,
    along: str,
    mark: float | None = None,
    top: float = 1.0,
) -> str:
    """Return lines over x and y from 0 to 1 (y up to ``top``); ``mark`` is a vertical line at an x."""
    drawn = "".join(
        f'<path class="line line{number}" d="{_path([(x, y / top) for x, y in points])}"/>'
        for number, points in enumerate(lines)
        if points
    )
    if mark is not None and mark <= 1:
        drawn += f'<path class="mark" d="M{_x(mark):.1f} {_y(0):.1f}V{_y(1):.1f}"/>'
    return _svg(words, drawn, across=across, along=along, top=top)


def gaps(points: Sequence[tuple[float, float | None]]) -> list[Point]:
    """Return the points that have a value."""
    return [(x, y) for x, y in points if y is not None]


def _svg(words: str, inside: str, *, across: str, along: str, top: float = 1.0) -> str:
    frame = f'<path class="grid" d="M{_x(0):.1f} {_y(1):.1f}V{_y(0):.1f}H{_x(1):.1f}"/>'
    labels = (
        f'<text x="{_x(0.5):.1f}" y="{SIZE + _TOP + 13:.1f}" text-anchor="middle">{escape(across)}</text>'
        f'<text x="{_x(0):.1f}" y="{SIZE + _TOP + 8:.1f}" text-anchor="middle">0</text>'
        f'<text x="{_x(1):.1f}" y="{SIZE + _TOP + 8:.1f}" text-anchor="middle">1</text>'
        f'<text x="{_LEFT - 3:.1f}" y="{_y(1) + 3:.1f}" text-anchor="end">{top:.2g}</text>'
        f'<text x="{_LEFT - 3:.1f}" y="{_y(0):.1f}" text-anchor="end">0</text>'
        f'<text transform="translate(9 {_y(0.5):.1f}) rotate(-90)" text-anchor="middle">{escape(along)}</text>'
    )
    return f'<svg viewBox="{_BOX}" role="img" aria-label="{escape(words)}">{frame}{labels}{inside}</svg>'


def _path(points: Sequence[Point]) -> str:
    if len(points) == 1:
        points = [points[0], points[0]]
    begin = f"M{_x(points[0][0]):.1f} {_y(points[0][1]):.1f}"
    return begin + "".join(f"L{_x(x):.1f} {_y(y):.1f}" for _, (x, y) in pairwise(points))


def _x(share: float) -> float:
    return _LEFT + SIZE * share


def _y(share: float) -> float:
    return _TOP + SIZE * (1 - min(share, 1.0))

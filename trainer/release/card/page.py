"""Page: the card as one self-contained page that needs no script and no network, and can be read aloud."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from schemas.taxonomy import CATEGORIES
from schemas.taxonomy.display import category_name
from scorer.model.threshold_setting import MUTED
from trainer.evaluation.curves import class_reliability, risk_coverage, threshold_curve
from trainer.release.card.content import NOT_FOR, Table, matrix, tables, verdict_words
from trainer.release.card.facts import facts
from trainer.release.card.plots import gaps, line_plot, reliability_plot
from trainer.release.card.style import STYLE

if TYPE_CHECKING:
    from trainer.fit.trained import Trained
    from trainer.release.provenance import Provenance

_MAX_HEAT: Final = 55  # percent of the colour that a cell takes at most, so that its number can be read
_KEY: Final = "<p class='note key'><b>━ precision</b>, <i>╍ share kept</i>, ┊ the threshold in force.</p>"


def card_page(version: str, trained: Trained, provenance: Provenance) -> str:
    """Return the card as one page of HTML, the same bytes for the same release."""
    first, *others = tables(trained)
    confusion = matrix(trained)
    sections = [
        ("Not to be used for", f"<ul>{''.join(f'<li>{escape(use)}</li>' for use in NOT_FOR)}</ul>"),
        ("Where it comes from", _facts(trained, provenance)),
        (first.title, _table(first)),
        *((table.title, _table(table)) for table in others),
        ("Reliability and risk", _overall(trained)),
        ("Reliability by category", _by_category(trained, curves=False)),
        ("Thresholds by category", _KEY + _by_category(trained, curves=True)),
        (confusion.title, _matrix(confusion)),
    ]
    links = "".join(f'<li><a href="#{_anchor(title)}">{escape(title)}</a></li>' for title, _ in sections)
    title = escape(f"Model {version}")
    return "".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f"<title>{title}</title><style>{STYLE}</style></head><body><main><h1>{title}</h1>",
            _verdict(trained),
            f'<nav aria-label="Sections"><ul>{links}</ul></nav>',
            *(f'<section id="{_anchor(name)}"><h2>{escape(name)}</h2>{body}</section>' for name, body in sections),
            "</main></body></html>\n",
        )
    )


def _verdict(trained: Trained) -> str:
    gate = trained.gate
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in gate.reasons)
    return (
        f'<div class="verdict {escape(gate.verdict)}"><strong>Gate: {escape(verdict_words(gate))}</strong>'
        f"{f'<ul>{reasons}</ul>' if reasons else ''}</div>"
    )


def _facts(trained: Trained, provenance: Provenance) -> str:
    rows = (f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts(trained, provenance))
    return f"<dl>{''.join(rows)}</dl>"


def _table(table: Table) -> str:
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in row[1:])}</tr>'
        for row in table.rows
    )
    return _scrolled(table, f"<table>{_head(table)}<tbody>{body}</tbody></table>")


def _matrix(table: Table) -> str:
    lines = []
    for row in table.rows:
        total = max(sum(map(int, row[1:])), 1)
        cells = "".join(
            f'<td style="--heat:{_MAX_HEAT * int(cell) / total:.0f}%">{cell}</td>'
            if cell != "0"
            else '<td class="zero">0</td>'
            for cell in row[1:]
        )
        lines.append(f'<tr><th scope="row">{escape(row[0])}</th>{cells}</tr>')
    return _scrolled(table, f'<table class="matrix">{_head(table)}<tbody>{"".join(lines)}</tbody></table>')


def _head(table: Table) -> str:
    cells = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in table.header)
    return f"<thead><tr>{cells}</tr></thead>"


def _scrolled(table: Table, inside: str) -> str:
    """Return a table that scrolls by itself, with the keyboard too, where the screen is narrower."""
    frame = f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(table.title)}">{inside}</div>'
    return f'<p class="note">{escape(table.note)}</p>{frame}'


def _overall(trained: Trained) -> str:
    curve = risk_coverage(trained.scored_fold)
    top = max(0.1, *(risk for _, risk in curve))
    half = min(curve, key=lambda point: abs(point[0] - 0.5))
    words = (
        f"Risk by coverage: of the surest {half[0]:.0%} of the rows {half[1]:.1%} are wrong, of all {curve[-1][1]:.1%}."
    )
    drawn = line_plot([curve], words=words, across="share answered", along="wrong of these", top=top)
    best = reliability_plot(trained.reliability, of="the best category")
    return (
        f'<div class="plots wide"><figure>{best}<figcaption>How sure it was of its best category against how often '
        f"that was right: dots on the diagonal are as they should be.</figcaption></figure><figure>{drawn}<figcaption>"
        f"{escape(words)}</figcaption></figure></div>"
    )


def _by_category(trained: Trained, *, curves: bool) -> str:
    thresholds = trained.thresholds.values()
    figures = []
    for place, category in enumerate(CATEGORIES):
        if not trained.confusion[place].sum():
            continue
        name = category_name(category)
        drawn = (
            _curve(trained, place, threshold=float(thresholds[place]))
            if curves
            else reliability_plot(class_reliability(trained.scored_fold, place), of=name)
        )
        muted = " (muted)" if curves and thresholds[place] >= MUTED else ""
        figures.append(f"<figure>{drawn}<figcaption>{escape(name)}{muted}</figcaption></figure>")
    return f'<div class="plots">{"".join(figures)}</div>'


def _curve(trained: Trained, place: int, *, threshold: float) -> str:
    curve = threshold_curve(trained.scored_fold, place)
    words = f"{category_name(CATEGORIES[place])}: " + ", ".join(
        f"from {value:.2f} on {share:.0%} kept" + ("" if right is None else f", {right:.0%} of them right")
        for value, share, right in curve[::4]
    )
    precision = gaps([(value, right) for value, _, right in curve])
    kept = [(value, share) for value, share, _ in curve]
    return line_plot([precision, kept], words=words, across="threshold", along="share", mark=threshold)


def _anchor(title: str) -> str:
    return "-".join("".join(letter if letter.isalnum() else " " for letter in title.lower()).split())

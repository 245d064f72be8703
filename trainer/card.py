"""Card: what a model is, how well it did and what it must not be used for, as Markdown and as one page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from schemas.taxonomy import CATEGORIES
from scorer.thresholds import MUTED

if TYPE_CHECKING:
    from trainer.evaluate import View
    from trainer.train import Trained
    from trainer.write_release import Provenance

_NOT_FOR: Final = (
    "Not for decisions on credit, employment or eligibility: a category is a guess about a purchase, not a person. "
    "Not for wordings or countries that its training never saw without looking at the views of unseen merchants first."
)
_STYLE: Final = """
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}
table{border-collapse:collapse;display:block;overflow-x:auto}th,td{padding:.25rem .6rem;border-bottom:1px solid #8884;
text-align:right;white-space:nowrap}th:first-child,td:first-child{text-align:left}svg{max-width:100%;height:auto}
"""


def card_markdown(version: str, trained: Trained, provenance: Provenance) -> str:
    """Return the card as Markdown."""
    lines = [f"# Model {version}", "", *_facts(trained, provenance), ""]
    for title, header, rows in _tables(trained):
        lines += [f"## {title}", "", _row(header), _row(["---"] * len(header)), *map(_row, rows), ""]
    return "\n".join([*lines, "## Not to be used for", "", _NOT_FOR, ""])


def card_page(version: str, trained: Trained, provenance: Provenance) -> str:
    """Return the card as one self-contained page, with the reliability diagram."""
    title = escape(f"Model {version}")
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main><h1>{title}</h1><ul>",
        *(f"<li>{escape(fact.removeprefix('- '))}</li>" for fact in _facts(trained, provenance)),
        "</ul><h2>Reliability</h2>",
        _diagram(trained.reliability),
    ]
    for heading, header, rows in _tables(trained):
        parts.append(f"<h2>{escape(heading)}</h2><table><thead><tr>")
        parts += [f'<th scope="col">{escape(cell)}</th>' for cell in header]
        parts.append("</tr></thead><tbody>")
        parts += ["<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows]
        parts.append("</tbody></table>")
    return "".join([*parts, f"<h2>Not to be used for</h2><p>{escape(_NOT_FOR)}</p></main></body></html>\n"])


def _facts(trained: Trained, provenance: Provenance) -> list[str]:
    folds, gate, calibration = provenance.folds, trained.gate, trained.model.calibration
    sources = ", ".join(f"{name} {count}" for name, count in sorted(provenance.label_sources.items()))
    bent = sum(knots is not None for knots in calibration.knots)
    facts = [
        f"- Gate ({gate.mode}): {gate.verdict}" + (f": {'; '.join(gate.reasons)}" if gate.reasons else ""),
        *(
            f"- {name}: {fold.first_day} to {fold.last_day}, {fold.rows} rows"
            for name, fold in (("Trained", folds.train), ("Calibrated", folds.calibrate), ("Judged", folds.gate))
        ),
        f"- Labels by source: {sources}",
        f"- As of {provenance.as_of}, seed {provenance.seed}, data {provenance.mart_fingerprint[:12]}",
        f"- Temperature {calibration.temperature:.3f} where the merchant has a history, "
        f"{calibration.temperature_unknown:.3f} elsewhere; isotonic knots for {bent} categories",
    ]
    if provenance.forced is not None:
        forced = provenance.forced
        facts.append(f"- Forced by {forced.actor}: {forced.reason} (against: {'; '.join(forced.blocked_by)})")
    return facts


def _tables(trained: Trained) -> list[tuple[str, list[str], list[list[str]]]]:
    header = ["view", "rows", "macro-F1", "accuracy", "log-loss", "Brier", "ECE", "coverage", "served precision"]
    per_category = ["category", "rows", "precision", "recall", "F1", "threshold", "served", "served precision"]
    calibration = [[name, f"{trained.before[name]:.4f}", f"{value:.4f}"] for name, value in trained.after.items()]
    names = [category for category in CATEGORIES if trained.confusion[CATEGORIES.index(category)].sum()]
    places = [CATEGORIES.index(name) for name in names]
    matrix = [
        [name.value, *(str(trained.confusion[row, column]) for column in places)]
        for name, row in zip(names, places, strict=True)
    ]
    return [
        ("How well it did", header, [_view(view) for view in trained.views]),
        ("By category, on the gate fold", per_category, _categories(trained)),
        ("Calibration on the gate fold", ["", "before", "after"], calibration),
        ("Truth by answer", ["truth", *(name.value for name in names)], matrix),
    ]


def _view(view: View) -> list[str]:
    numbers = (view.macro_f1, view.accuracy, view.log_loss, view.brier, view.ece, view.coverage)
    return [view.name, str(view.rows), *(f"{number:.3f}" for number in numbers), _share(view.served_precision)]


def _categories(trained: Trained) -> list[list[str]]:
    bars = dict(zip((category.value for category in CATEGORIES), trained.thresholds.values(), strict=True))
    return [
        [
            report.category,
            str(report.support),
            *(f"{number:.3f}" for number in (report.precision, report.recall, report.f1)),
            "muted" if bars[report.category] >= MUTED else f"{bars[report.category]:.3f}",
            str(report.served),
            _share(report.served_precision),
        ]
        for report in trained.views[0].categories
    ]


def _diagram(points: tuple[tuple[float, float, float, float], ...]) -> str:
    dots = "".join(
        f'<circle cx="{20 + 260 * sure:.1f}" cy="{280 - 260 * right:.1f}" r="{3 + 20 * share:.1f}" '
        'fill="currentColor" fill-opacity=".5"/>'
        for sure, right, _, share in points
    )
    return (
        '<svg viewBox="0 0 300 300" width="300" role="img" aria-label="Confidence against accuracy; the closer '
        'the dots to the diagonal, the better"><path d="M20 280H280M20 280V20M20 280L280 20" '
        f'stroke="currentColor" fill="none" stroke-opacity=".5"/>{dots}</svg>'
    )


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"

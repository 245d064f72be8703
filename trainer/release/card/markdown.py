"""Markdown: the card as text, for a terminal or a review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainer.release.card.content import NOT_FOR, matrix, tables, verdict_words
from trainer.release.card.facts import facts

if TYPE_CHECKING:
    from trainer.fit.trained import Trained
    from trainer.release.provenance import Provenance


def card_markdown(version: str, trained: Trained, provenance: Provenance) -> str:
    """Return the card as Markdown."""
    lines = [f"# Model {version}", "", f"Gate: {verdict_words(trained.gate)}", ""]
    lines += [f"- {reason}" for reason in trained.gate.reasons] + [""] * bool(trained.gate.reasons)
    lines += ["## Not to be used for", "", *(f"- {use}" for use in NOT_FOR), ""]
    lines += ["## Where it comes from", "", *(f"- {name}: {value}" for name, value in facts(trained, provenance)), ""]
    for table in (*tables(trained), matrix(trained)):
        header, rule = _row(table.header), _row(["---"] * len(table.header))
        lines += [f"## {table.title}", "", table.note, "", header, rule, *map(_row, table.rows), ""]
    return "\n".join(lines)


def _row(cells: tuple[str, ...] | list[str]) -> str:
    return f"| {' | '.join(cells)} |"

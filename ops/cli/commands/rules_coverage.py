"""``ledgermind rules coverage``: how much of a history the rules answer, and how often they are right."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

import msgspec
import typer

from ops.cli import csv_options
from ops.cli.rule_file import AsJson, RulesFile, load_engine, print_json
from ops.csv_import.cells import RefusedRow
from ops.csv_import.row import Row
from ops.csv_import.source import read_csv
from rules.coverage import Coverage
from rules.engine import RuleEngine
from schemas.events.candidate import Candidate
from schemas.taxonomy import Category
from schemas.text.descriptor import build_descriptor

BATCH: Final = 1_000
_CATEGORIES: Final = {category.value: category for category in Category}


@csv_options.with_csv_options
def coverage(
    file: csv_options.File,
    *,
    reading: csv_options.Reading,
    rules: RulesFile = None,
    as_json: AsJson = False,
) -> None:
    """Measure how much of a history the rules answer, and how often they are right where it has labels.

    Example: ledgermind rules coverage past.csv --map description=Memo

    Exit codes: 0 measured, 2 the file or an option is wrong.
    """
    engine = load_engine(rules)
    counts = Coverage()
    refused = 0
    rows = read_csv(file, reading.columns, reading.written)
    while batch := list(islice(rows, BATCH)):
        kept = [row for row in batch if isinstance(row, Row)]
        refused += sum(isinstance(row, RefusedRow) for row in batch)
        counts.add(_answers(engine, kept))
    if as_json:
        print_json(
            {
                "rules_version": engine.version,
                "transactions": counts.transactions,
                "refused": refused,
                "coverage": counts.coverage,
                "accuracy": counts.accuracy,
                "categories": [
                    {**msgspec.to_builtins(line), "precision": line.precision} for line in counts.categories()
                ],
            }
        )
        return
    typer.echo(f"{'category':26}{'answered':>10}{'right':>8}{'labelled':>10}")
    for line in counts.categories():
        right = "" if line.precision is None else f"{line.precision:.3f}"
        typer.echo(f"{line.category.value:26}{line.answered:>10,}{right:>8}{line.labelled:>10,}")
    accuracy = "no labels" if counts.accuracy is None else f"{counts.accuracy:.3f} of the answers right"
    typer.echo(
        f"{engine.version}: {counts.transactions:,} transactions, {refused:,} rows refused, "
        f"{counts.coverage:.3f} answered, {accuracy}"
    )


def _answers(engine: RuleEngine, rows: list[Row]) -> Iterator[tuple[Candidate | None, Category | None]]:
    transactions = [row.transaction for row in rows]
    answers = engine.answer(transactions, [build_descriptor(transaction) for transaction in transactions])
    labels = (_CATEGORIES.get(row.category or "") for row in rows)
    return zip(answers, labels, strict=True)

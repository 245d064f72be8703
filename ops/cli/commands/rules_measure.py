"""``ledgermind rules measure``: the measured precision of each rule, beside the confidence that the rule states."""

from collections.abc import Iterator
from itertools import islice
from typing import Annotated

import typer

from ops.cli import csv_options
from ops.cli.rule_file import AsJson, RulesFile, load_engine, print_json
from ops.csv_import.cells import RefusedRow
from ops.csv_import.row import Row
from ops.csv_import.source import read_csv
from ops.errors import OpsError
from rules.engine import RuleEngine
from rules.measure import MeasuredAnswer, RuleMeasurement, RulePrecision
from schemas.taxonomy import Category
from schemas.text.descriptor import build_descriptor

_BATCH = 1_000
_CATEGORIES = {category.value: category for category in Category}


class NoLabelsError(OpsError):
    """The file has no label to measure with."""

    exit_code = 2


@csv_options.with_csv_options
def measure(
    file: csv_options.File,
    *,
    reading: csv_options.Reading,
    rules: RulesFile = None,
    limit: Annotated[int, typer.Option(min=1, help="Number of rules to show, most answers first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Measure how often each rule is right on labelled transactions, and compare it with its stated confidence.

    Each merchant counts as ten transactions at most. Measured is the mean of a Beta posterior whose prior is the
    precision of all rules with the same stated confidence; lower is its 5 % quantile. A rule with a lower value
    under 0.5 is marked as doubtful.

    Example: ledgermind rules measure past.csv --limit 20

    Exit codes: 0 measured, 2 the file has no labels, or the file or an option is wrong.
    """
    engine = load_engine(rules)
    measurement = RuleMeasurement()
    labelled = refused = 0
    rows = read_csv(file, reading.columns, reading.written)
    while batch := list(islice(rows, _BATCH)):
        kept = [row for row in batch if isinstance(row, Row)]
        refused += sum(isinstance(row, RefusedRow) for row in batch)
        answers = list(_answers(engine, kept))
        labelled += sum(answer.label is not None for answer in answers)
        measurement.add(answers)
    if not labelled:
        raise NoLabelsError(f"{file.name}: no row has a category of ours; name its column with --map category=…")
    found = measurement.rules()
    if as_json:
        print_json({"rules_version": engine.version, "refused": refused, "rules": [_line(rule) for rule in found]})
        return
    typer.echo(f"{'rule':32}{'category':24}{'answers':>9}{'merchants':>10}{'stated':>8}{'measured':>9}{'lower':>7}")
    for rule in found[:limit]:
        values = "" if rule.measured is None or rule.lower is None else f"{rule.measured:9.2f}{rule.lower:7.2f}"
        mark = "  doubtful" if rule.is_doubtful else ""
        typer.echo(
            f"{rule.rule_id[:31]:32}{rule.category.value:24}{rule.answers:>9,}{rule.merchants:>10,}"
            f"{rule.stated:8.2f}{values}{mark}"
        )
    doubtful = sum(rule.is_doubtful for rule in found)
    typer.echo(
        f"{engine.version}: {len(found):,} rules answered, {doubtful:,} of them doubtful, {refused:,} rows refused"
    )


def _answers(engine: RuleEngine, rows: list[Row]) -> Iterator[MeasuredAnswer]:
    transactions = [row.transaction for row in rows]
    descriptors = [build_descriptor(transaction) for transaction in transactions]
    for row, candidate, descriptor in zip(rows, engine.answer(transactions, descriptors), descriptors, strict=True):
        yield MeasuredAnswer(candidate, _CATEGORIES.get(row.category or ""), descriptor.merchant_key)


def _line(rule: RulePrecision) -> dict[str, object]:
    return {**rule._asdict(), "category": rule.category.value, "doubtful": rule.is_doubtful}

"""``ledgermind rules``: check, test, explain and measure rule sets."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from ops.csv_file import RefusedRow
from ops.csv_map import CsvMap
from ops.csv_row import Row
from ops.csv_source import CsvFormat, read_csv
from ops.errors import OpsError
from rules.coverage import Coverage
from rules.engine import RuleEngine
from rules.errors import RulesError, RulesetError
from rules.lint import Problem, find_problems
from rules.load import expand, load_rules, read_ruleset
from schemas.candidate import Candidate
from schemas.descriptor import describe
from schemas.taxonomy import Category
from schemas.transaction import TRANSACTION_SCHEMA_VERSION, Channel, Transaction, find_fault

BATCH: Final = 1_000
_CATEGORIES: Final = {category.value: category for category in Category}

RulesFile = Annotated[
    Path | None, typer.Option("--rules", help="A rule file; the default rule set without.", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = typer.Typer(no_args_is_help=True, add_completion=False)


class RulesRefusedError(OpsError):
    """A rule set does not hold what is asked of it."""


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="A rule file; the default rule set without.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Refuse nonsense with file and line; name rules that are shadowed, conflicting or slow."""
    try:
        ruleset, version = read_ruleset(file)
        engine = RuleEngine(expand(ruleset), version=version)
    except RulesetError as error:
        if as_json:
            _print({"faults": [msgspec.to_builtins(fault) for fault in error.faults]})
        else:
            for fault in error.faults:
                typer.echo(str(fault))
        raise RulesRefusedError(f"{len(error.faults)} faults; correct the lines above") from error
    except RulesError as error:
        raise RulesRefusedError(str(error)) from error
    findings = find_problems(ruleset.rules)
    if as_json:
        _print(
            {
                "version": engine.version,
                "rules": len(engine.rules),
                "findings": [msgspec.to_builtins(finding) for finding in findings],
            }
        )
    else:
        for finding in findings:
            typer.echo(str(finding))
        typer.echo(f"{engine.version}: {len(ruleset.rules)} rules, {len(engine.rules)} with the crosswalks; no faults")
    conflicts = sum(finding.problem is Problem.CONFLICTING for finding in findings)
    if conflicts:
        raise RulesRefusedError(f"{conflicts} conflicts; give one rule of each pair the higher priority")


@app.command()
def test(
    file: Annotated[Path | None, typer.Argument(help="A rule file; the default rule set without.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Run the examples that stand beside the rules."""
    try:
        ruleset, version = read_ruleset(file)
        engine = RuleEngine(expand(ruleset), version=version)
    except RulesError as error:
        raise RulesRefusedError(str(error)) from error
    transactions = [example.transaction for example in ruleset.examples]
    answers = engine.answer(transactions, [describe(transaction) for transaction in transactions])
    failures = [
        {
            "line": example.line,
            "description": example.transaction.description,
            "expected": example.expected,
            "answered": None if answer is None else answer.category,
            "rule_id": None if answer is None else answer.rule_id,
        }
        for example, answer in zip(ruleset.examples, answers, strict=True)
        if example.expected is not (None if answer is None else answer.category)
    ]
    if as_json:
        _print({"version": version, "examples": len(transactions), "failures": failures})
    else:
        for failure in failures:
            typer.echo(
                f"line {failure['line']}: {failure['description']!r} should be {failure['expected'] or 'nothing'}, "
                f"is {failure['answered'] or 'nothing'} ({failure['rule_id']})"
            )
        typer.echo(f"{version}: {len(transactions)} examples, {len(failures)} wrong")
    if failures:
        raise RulesRefusedError(f"{len(failures)} of {len(transactions)} examples are answered otherwise")


@app.command()
def explain(
    description: Annotated[str, typer.Argument(help="The statement's wording.")],
    *,
    amount: Annotated[str, typer.Option(help="Outflow negative.")] = "-10.00",
    mcc: Annotated[str | None, typer.Option(help="Four digits.")] = None,
    channel: Annotated[Channel | None, typer.Option(help="How the money moved.")] = None,
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "XXX",
    country: Annotated[str | None, typer.Option(help="ISO 3166-1 alpha-2.")] = None,
    at: Annotated[datetime | None, typer.Option(help="When, UTC; 1970-01-01 without.")] = None,
    rules: RulesFile = None,
    as_json: AsJson = False,
) -> None:
    """Say what the rules answer to one transaction, why, and what else would have answered."""
    transaction = Transaction(
        schema_version=TRANSACTION_SCHEMA_VERSION,
        txn_id="explain",
        user_id="explain",
        account_id="explain",
        occurred_at=(at or datetime.fromtimestamp(0, UTC)).replace(tzinfo=UTC),
        amount=amount,
        currency=currency,
        description=description,
        mcc=mcc,
        country=country,
        channel=channel,
    )
    fault = find_fault(transaction)
    if fault is not None:
        raise RulesRefusedError(fault.detail)
    engine = _load(rules)
    descriptor = describe(transaction)
    held = engine.matching(transaction, descriptor)
    if as_json:
        _print(
            {
                "rules_version": engine.version,
                "norm_desc": descriptor.norm,
                "merchant_key": descriptor.merchant_key,
                "answer": msgspec.to_builtins(held[0]) if held else None,
                "outranked": [msgspec.to_builtins(candidate) for candidate in held[1:]],
            }
        )
        return
    typer.echo(f"read as   {descriptor.norm!r}, merchant {descriptor.merchant_key!r}")
    typer.echo(f"answer    {_line(held[0])}" if held else "answer    nothing: no rule knows it")
    for candidate in held[1:]:
        typer.echo(f"outranked {_line(candidate)}")


@app.command()
def coverage(
    file: Annotated[Path, typer.Argument(help="A CSV or gzipped CSV of transactions.")],
    *,
    columns: Annotated[str, typer.Option("--map", help="Columns, as in amount=Betrag,description=Text.")] = "",
    rules: RulesFile = None,
    as_json: AsJson = False,
) -> None:
    """Measure how much of a history the rules answer, and how often they are right where it has labels."""
    engine = _load(rules)
    counts = Coverage()
    refused = 0
    rows = read_csv(file, CsvMap.parse(columns), CsvFormat())
    while batch := list(islice(rows, BATCH)):
        kept = [row for row in batch if isinstance(row, Row)]
        refused += sum(isinstance(row, RefusedRow) for row in batch)
        counts.add(_answers(engine, kept))
    if as_json:
        _print(
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
    answers = engine.answer(transactions, [describe(transaction) for transaction in transactions])
    labels = (_CATEGORIES.get(row.category or "") for row in rows)
    return zip(answers, labels, strict=True)


def _load(path: Path | None) -> RuleEngine:
    try:
        return load_rules(path)
    except RulesError as error:
        raise RulesRefusedError(str(error)) from error


def _line(candidate: Candidate) -> str:
    why = "; ".join(explanation.text for explanation in candidate.explanations)
    override = ", overrides the model" if candidate.override else ""
    return f"{candidate.category.value} ({candidate.confidence:.2f}, {candidate.rule_id}{override}): {why}"


def _print(summary: object) -> None:
    typer.echo(msgspec.json.encode(summary).decode())

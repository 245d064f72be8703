"""``ledgermind rules``: check, test, explain and measure rule sets."""

from collections import Counter
from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec
import typer

from ops.cli.lazy_group import lazy_group
from ops.cli.rule_file import AsJson, RuleFile, RulesFile, RulesRefusedError, load_engine, print_json, read_rules
from rules.errors import RulesError, RulesetError
from rules.lint import Problem, find_problems
from schemas.events.candidate import Candidate
from schemas.events.transaction import TRANSACTION_SCHEMA_VERSION, Channel, Transaction, find_error
from schemas.text.descriptor import build_descriptor

_MEASUREMENTS: Final = {  # of files, whose readers the other commands do without
    "coverage": "ops.cli.commands.rules_coverage:coverage",
    "measure": "ops.cli.commands.rules_measure:measure",
}
app = typer.Typer(
    cls=lazy_group(_MEASUREMENTS),
    help="Check, test, explain and measure rule sets.",
    no_args_is_help=True,
    add_completion=False,
)


@app.command()
def check(
    file: RuleFile = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Check a rule set: errors by file and line, and rules that are shadowed, conflicting or slow.

    Example: ledgermind rules check

    Exit codes: 0 no error, 1 an error or a finding.
    """
    try:
        ruleset, engine = read_rules(file)
    except RulesetError as error:
        if as_json:
            print_json({"issues": [msgspec.to_builtins(issue) for issue in error.issues]})
        else:
            for issue in error.issues:
                typer.echo(str(issue))
        many = "" if len(error.issues) == 1 else "s"
        raise RulesRefusedError(f"{len(error.issues)} error{many}; correct the lines above") from error
    except RulesError as error:
        raise RulesRefusedError(str(error)) from error
    findings = find_problems(ruleset.rules)
    silent = Counter(rule.left_out for rule in engine.rules if rule.left_out is not None)
    if as_json:
        print_json(
            {
                "version": engine.version,
                "rules": len(engine.rules),
                "findings": [msgspec.to_builtins(finding) for finding in findings],
                **({"silent": silent} if silent else {}),  # by default category, where the taxonomy leaves one out
            }
        )
    else:
        for finding in findings:
            typer.echo(str(finding))
        typer.echo(f"{engine.version}: {len(ruleset.rules)} rules, {len(engine.rules)} with the crosswalks; no errors")
        for name, count in sorted(silent.items()):
            typer.echo(f"{count} rules for {name} answer nothing: the taxonomy has no category for it")
    conflicts = sum(finding.problem is Problem.CONFLICTING for finding in findings)
    if conflicts:
        raise RulesRefusedError(f"{conflicts} conflicts; give one rule of each pair the higher priority")


@app.command()
def test(
    file: RuleFile = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Run the examples that the rule file holds.

    Example: ledgermind rules test

    Exit codes: 0 all examples hold, 1 one does not.
    """
    try:
        ruleset, engine = read_rules(file)
    except RulesError as error:
        raise RulesRefusedError(str(error)) from error
    transactions = [example.transaction for example in ruleset.examples]
    answers = engine.answer(transactions, [build_descriptor(transaction) for transaction in transactions])
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
        print_json({"version": engine.version, "examples": len(transactions), "failures": failures})
    else:
        for failure in failures:
            typer.echo(
                f"line {failure['line']}: {failure['description']!r} should be {failure['expected'] or 'nothing'}, "
                f"is {failure['answered'] or 'nothing'} ({failure['rule_id']})"
            )
        typer.echo(f"{engine.version}: {len(transactions)} examples, {len(failures)} wrong")
    if failures:
        raise RulesRefusedError(f"{len(failures)} of {len(transactions)} examples are answered otherwise")


@app.command()
def explain(
    description: Annotated[str, typer.Argument(help="Description on the statement.")],
    *,
    amount: Annotated[str, typer.Option(help="Decimal number; spending is negative.")] = "-10.00",
    mcc: Annotated[str | None, typer.Option(help="Merchant category code, four digits.")] = None,
    channel: Annotated[Channel | None, typer.Option(help="Channel of the payment.")] = None,
    currency: Annotated[str, typer.Option(help="ISO 4217 code.")] = "XXX",
    country: Annotated[str | None, typer.Option(help="ISO 3166-1 alpha-2 code.")] = None,
    at: Annotated[datetime | None, typer.Option(help="Time, UTC; default: 1970-01-01.")] = None,
    rules: RulesFile = None,
    as_json: AsJson = False,
) -> None:
    """Show what the rules answer to one transaction, why, and which other rules match.

    Example: ledgermind rules explain "SQ *CAFE LUNA BERLIN" --amount -4.20

    Exit codes: 0 shown, 2 an argument is wrong.
    """
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
    fault = find_error(transaction)
    if fault is not None:
        raise RulesRefusedError(fault.detail)
    descriptor = build_descriptor(transaction)
    engine = load_engine(rules, about=descriptor.norm)
    held = engine.matching(transaction, descriptor)
    outranking = engine.held(transaction, descriptor)
    nothing = f"{outranking[0].rule_id} answers nothing in this taxonomy" if outranking else "no rule knows it"
    if as_json:
        print_json(
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
    typer.echo(f"answer    {_line(held[0])}" if held else f"answer    nothing: {nothing}")
    for candidate in held[1:]:
        typer.echo(f"outranked {_line(candidate)}")


def _line(candidate: Candidate) -> str:
    why = "; ".join(explanation.text for explanation in candidate.explanations)
    override = ", overrides the model" if candidate.override else ""
    return f"{candidate.category.value} ({candidate.confidence:.2f}, {candidate.rule_id}{override}): {why}"

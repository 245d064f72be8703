"""Show labels: the merchants that are worth a label, as a table or as JSON."""

from typing import Final

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from ops.cli.wide_console import wide_console
from ops.labels.next_labels import Aim, Effect, UnlabelledMerchant, Window

PRIVACY: Final = "A merchant key holds words of a statement line; that of a transfer can hold a person's name."


def show_labels(
    window: Window,
    chosen: list[UnlabelledMerchant],
    aim: Aim,
    ahead: Effect | None,
    effect: Effect,
    *,
    why: str,
) -> None:
    """Print the list as a table, and what its labels would change; ``why`` says why the rollout is not known."""
    if chosen:
        table = Table(
            "merchant key", "transactions", "no suggestion", "answered differently", "user", "account", "newest"
        )
        for one in chosen:
            newest = one.newest
            table.add_row(
                escape(one.key),
                f"{one.transactions:,}",
                f"{one.silent:,}",
                f"{one.differ:,}",
                *map(escape, (newest.user_id, newest.account_id, newest.txn_id)),
            )
        wide_console().print(table)
    typer.echo(f"{len(chosen):,} merchants, of {window.transactions:,} transactions, for {aim}")
    if why:
        typer.echo(f"the rollout is not known: {why}")
    if ahead is not None:
        typer.echo(
            f"days to a decision, expected: {_in_days(ahead.without)}; with these labels: {_in_days(ahead.with_labels)}"
        )
    if effect.without is not None and effect.with_labels is not None:
        typer.echo(f"coverage: {effect.without:.3f}; if these merchants get a suggestion: {effect.with_labels:.3f}")
    typer.echo(PRIVACY)


def show_labels_json(
    window: Window, chosen: list[UnlabelledMerchant], aim: Aim, ahead: Effect | None, effect: Effect
) -> None:
    """Print the list as one JSON object."""
    shown = {
        "aim": aim,
        "transactions": window.transactions,
        "days_to_decision": ahead,
        "coverage": effect,
        "merchants": [
            {
                "merchant_key": one.key,
                "transactions": one.transactions,
                "without_suggestion": one.silent,
                "answered_differently": one.differ,
                "users": one.users,
                "user_id": one.newest.user_id,
                "account_id": one.newest.account_id,
                "txn_id": one.newest.txn_id,
            }
            for one in chosen
        ],
    }
    typer.echo(msgspec.json.encode(shown).decode())


def _in_days(days: float | None) -> str:
    return "not within ten years" if days is None else f"{days:,.1f}"

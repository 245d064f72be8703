"""``ledgermind feedback``: what a user, or a later source, says of a suggestion or a transaction."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from ops.cli.options import Json, parse_as_of
from ops.cli.refused_rows import show_refused
from ops.cli.report import say_published
from ops.csv_import.cells import RefusedRow
from ops.csv_import.feedback import read_feedback
from ops.errors import OpsError
from ops.kafka.feedback import make_feedback, write_feedback
from schemas.events.feedback import Feedback, FeedbackAction, LabelSource
from schemas.taxonomy import Category
from streams.settings import KafkaSettings, read

app = typer.Typer(
    help="Accept, reject and correct suggestions, and label transactions.", no_args_is_help=True, add_completion=False
)

User = Annotated[str, typer.Option(help="User, as user_id in transactions.")]
Txn = Annotated[str, typer.Option(help="Transaction, as txn_id in transactions.")]
Account = Annotated[str | None, typer.Option(help="Account, where two of a user number transactions alike.")]
Event = Annotated[
    str | None, typer.Option(help="Suggestion, as event_id in suggestions; else the latest one of the transaction.")
]
Source = Annotated[LabelSource, typer.Option(help="Who gave the label: a person, a rule or an import.")]
At = Annotated[str | None, typer.Option("--at", help="When it was given, such as 2016-03-01T12:00Z; else now.")]
Id = Annotated[str | None, typer.Option(help="Id; feedback of one user with the same id counts once.")]


EXIT_CODES: Final = "Exit codes: 0 sent, 2 an option is wrong, 3 the topic is missing, 4 no broker answers."


class FeedbackError(OpsError):
    """The options make no feedback."""

    exit_code = 2


class RowsRefusedError(OpsError):
    """Rows of the file are no feedback; nothing was sent."""

    exit_code = 3


def _with_category(action: FeedbackAction, does: str, example: str, category_help: str) -> None:
    """Add the command of an action that names a category."""

    def command(
        user: User,
        txn: Txn,
        category: Annotated[Category, typer.Option(help=category_help)],
        account: Account = None,
        event: Event = None,
        source: Source = LabelSource.HUMAN,
        at: At = None,
        feedback_id: Id = None,
        as_json: Json = False,
    ) -> None:
        _send(action, user, txn, category, account, event, source, at, feedback_id, as_json=as_json)

    words = f"{does}\n\nExample: ledgermind feedback {action} --user u1 --txn t1 {example}\n\n{EXIT_CODES}"
    app.command(name=action.value, help=words)(command)


_with_category(
    FeedbackAction.ACCEPT,
    "Accept a suggestion: the category that was shown is right.",
    "--category Dining",
    "Category that was shown.",
)


@app.command()
def reject(
    user: User,
    txn: Txn,
    account: Account = None,
    event: Event = None,
    source: Source = LabelSource.HUMAN,
    at: At = None,
    feedback_id: Id = None,
    as_json: Json = False,
) -> None:
    """Reject a suggestion without saying which category is right; it becomes no label.

    Example: ledgermind feedback reject --user u1 --txn t1

    Exit codes: 0 sent, 2 an option is wrong, 3 the topic is missing, 4 no broker answers.
    """
    _send(FeedbackAction.REJECT, user, txn, None, account, event, source, at, feedback_id, as_json=as_json)


_with_category(
    FeedbackAction.CORRECT,
    "Correct a suggestion: another category is right.",
    "--category Groceries",
    "Category that is right.",
)
_with_category(
    FeedbackAction.LABEL,
    "Label a transaction, from a source that never saw a suggestion.",
    "--category Groceries --source import",
    "Category that is right.",
)


@app.command(name="import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV with action, user_id, txn_id, category, given_at; also account_id, event_id, source, feedback_id."
        ),
    ],
    as_json: Json = False,
) -> None:
    """Send the feedback of a CSV file: all of it, or nothing where a row is wrong.

    Each row has given_at or feedback_id. Feedback without an id gets one of its content, so a file that is sent twice
    counts once.

    Example: ledgermind feedback import feedback.csv

    Exit codes: 0 sent, 1 some was not delivered, 2 the file cannot be read, 3 rows or the topic are wrong,
    4 no broker answers.
    """
    rows = list(read_feedback(file, now=_now()))
    refused = [row for row in rows if isinstance(row, RefusedRow)]
    if refused:
        show_refused(refused, as_json=as_json)
        raise RowsRefusedError(
            f"{len(refused):,} of {len(rows):,} rows of {file.name} are no feedback; nothing was sent"
        )
    say_published(
        write_feedback(read(KafkaSettings), [row for row in rows if isinstance(row, Feedback)]), as_json=as_json
    )


def _send(
    action: FeedbackAction,
    user: str,
    txn: str,
    category: Category | None,
    account: str | None,
    event: str | None,
    source: LabelSource,
    at: str | None,
    feedback_id: str | None,
    *,
    as_json: bool,
) -> None:
    said = {
        "action": action.value,
        "user_id": user,
        "txn_id": txn,
        "category": None if category is None else category.value,
        "account_id": account,
        "event_id": event,
        "source": source.value,
        "feedback_id": feedback_id,
    }
    made = make_feedback(said, given_at=parse_as_of(at, option="--at") or _now())
    if isinstance(made, str):
        raise FeedbackError(made)
    done = write_feedback(read(KafkaSettings), [made])
    if done.delivered != 1:
        raise OpsError(f"it may not have been sent: {done.first_error or 'the broker did not answer'}; send it again")
    words = f"{action} of {user}, {txn}: sent as {made.feedback_id}"
    typer.echo(msgspec.json.encode(made).decode() if as_json else words)


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)

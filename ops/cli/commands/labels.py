"""``ledgermind labels``: which merchants are worth a label next, and their labels."""

import sys
import time
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from ops.cli.commands.judge import PolicyOption
from ops.cli.commands.rollout_status import look_now
from ops.cli.options import Dsn, Json, postgres_dsn
from ops.cli.show_labels import show_labels, show_labels_json
from ops.errors import OpsError
from ops.kafka.feedback import make_feedback, write_feedback
from ops.labels.ask import ask_each
from ops.labels.next_labels import Aim, Effect, UnlabelledMerchant, choose, coverage_effect, days_to_decision
from ops.labels.unlabelled import read_window
from ops.rollout.evaluate import Look
from ops.rollout.evidence.session import open_session
from ops.rollout.patience import Patience
from ops.rollout.policies import load_policy
from schemas.events.feedback import FeedbackAction, LabelSource
from schemas.taxonomy import Category
from scorer.rollout.policy import Policy
from streams.errors import StreamError
from streams.settings import KafkaSettings, read

app = typer.Typer(
    help="Find the merchants that are worth a label next, and label them.", no_args_is_help=True, add_completion=False
)

SECONDS: Final = 10.0  # that Kafka and Postgres have together


class NoTerminalError(OpsError):
    """Nobody can be asked."""

    exit_code = 2


@app.callback()
def group() -> None:
    """Find the merchants that are worth a label next, and label them."""


@app.command(name="next")
def next_(
    count: Annotated[int, typer.Option("--n", min=1, max=1_000, help="Number of merchants.")] = 50,
    aim: Annotated[
        Aim | None,
        typer.Option(help="What the labels are for; else the decision on the canary while it is open, then coverage."),
    ] = None,
    days: Annotated[float, typer.Option(min=0.01, help="Days of comparisons to look at.")] = 30.0,
    ask: Annotated[bool, typer.Option("--ask", help="Ask for each label, and send it as feedback.")] = False,
    policy: PolicyOption = "default",
    dsn: Dsn = None,
    as_json: Json = False,
) -> None:
    """List the unlabelled merchants whose labels bring a decision on the canary nearer, or raise coverage, most.

    It looks at the newest 20,000 comparisons. With --ask it shows a statement line of each merchant, without what rules
    or model say of it, and sends each answer at once, as feedback label of source human.

    Example: ledgermind labels next --n 20

    Exit codes: 0 listed, 1 a label may not have been sent, 2 an option is wrong or --ask has no terminal,
    9 Postgres does not answer.
    """
    if ask and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise NoTerminalError(
            "--ask needs a terminal; list the merchants with --json, and send labels with: "
            "ledgermind feedback import FILE"
        )
    rules, now = load_policy(policy), datetime.fromtimestamp(time.time(), UTC)
    address = postgres_dsn(dsn)
    look, why = _look(rules, address, now=now)
    with open_session(address, Patience(SECONDS)) as session:
        window = read_window(session, now=now, days=days)
    is_open = look is not None and look.forecast is not None and look.forecast.expected != 0.0
    chosen_aim = aim or (Aim.DECISION if is_open and choose(window, Aim.DECISION, count=1) else Aim.COVERAGE)
    chosen = choose(window, chosen_aim, count=count)
    ahead = None if look is None else _days(rules, look, chosen)
    effect = coverage_effect(window, chosen)
    if as_json:
        show_labels_json(window, chosen, chosen_aim, ahead, effect)
    else:
        show_labels(window, chosen, chosen_aim, ahead, effect, why=why)
    if ask:
        _ask(chosen)


def _look(policy: Policy, dsn: str, *, now: datetime) -> tuple[Look | None, str]:
    """Return how the rollout stands, or why nobody knows: coverage needs none."""
    try:
        return look_now(policy, SECONDS, worker=None, prometheus=None, freshness=None, dsn=dsn, now=now), ""
    except (OpsError, StreamError) as error:
        return None, str(error)


def _days(policy: Policy, look: Look, chosen: list[UnlabelledMerchant]) -> Effect | None:
    standing = look.standing
    step, signs = policy.step_from(standing.percent), standing.signs(policy)
    if step is None or signs is None or not standing.has_model:
        return None
    return days_to_decision(
        policy, step, signs, chosen, days=standing.evidence_days or 0.0, has_champion=standing.has_champion
    )


def _ask(chosen: list[UnlabelledMerchant]) -> None:
    sent = 0
    for one, category in ask_each(chosen, read=_read_line, show=typer.echo):
        _send(one, category)
        sent += 1
    typer.echo(f"{sent:,} labels sent")


def _read_line(question: str) -> str:
    """Return a line of the terminal; its end is that of the questions."""
    try:
        return input(question)
    except EOFError:
        return "q"


def _send(one: UnlabelledMerchant, category: Category) -> None:
    said = {
        "action": FeedbackAction.LABEL.value,
        "user_id": one.newest.user_id,
        "account_id": one.newest.account_id,
        "txn_id": one.newest.txn_id,
        "category": category.value,
        "source": LabelSource.HUMAN.value,
    }
    made = make_feedback(said, given_at=datetime.fromtimestamp(time.time(), UTC))
    if isinstance(made, str):
        raise OpsError(made)
    done = write_feedback(read(KafkaSettings), [made])
    if done.delivered != 1:
        raise OpsError(
            f"the label may not have been sent: {done.first_error or 'the broker did not answer'}; send it again"
        )

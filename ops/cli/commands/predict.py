"""``ledgermind predict``: ask a release about one transaction."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from ops.cli.options import Json, parse_as_of
from ops.cli.report import say
from ops.errors import OpsError
from ops.releases.lookup import choose_release
from ops.releases.opinion import opinion_of
from schemas.events.overrides import NO_OVERRIDES, in_words
from schemas.events.rollout import RolloutRecord
from schemas.events.transaction import TRANSACTION_SCHEMA_VERSION, Channel, Transaction, find_error
from schemas.text.descriptor import build_descriptor
from scorer.model.explain import Explainer
from streams.settings import read
from trainer.settings import TrainerSettings

app = typer.Typer(add_completion=False)


class InvalidTransactionError(OpsError):
    """What was given is no transaction."""

    exit_code = 2


@app.command(context_settings={"ignore_unknown_options": True})
def predict(
    description: Annotated[str, typer.Argument(help="Description on the statement.")],
    *,
    amount: Annotated[str, typer.Option(help="Decimal number; spending is negative.")] = "-10.00",
    currency: Annotated[str, typer.Option(help="ISO 4217 code.")] = "XXX",
    mcc: Annotated[str | None, typer.Option(help="Merchant category code, four digits.")] = None,
    channel: Annotated[Channel | None, typer.Option(help="Channel of the payment.")] = None,
    at: Annotated[str | None, typer.Option(help="Time, such as 2016-03-01T12:00Z; default: now.")] = None,
    version: Annotated[str | None, typer.Option(help="Version of the release; else the newest that loads.")] = None,
    registry: Annotated[str | None, typer.Option(help="Path or URI; else LEDGERMIND_REGISTRY.")] = None,
    record: Annotated[
        bool, typer.Option("--record", help="Apply the overrides of the active rollout record, as a worker does.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Print the three most likely categories of one transaction and what the first one rests on.

    The thresholds are those of the release. With --record, thresholds, floors and mutes of the active rollout
    record apply.

    Example: ledgermind predict "SQ *CAFE LUNA BERLIN" --amount -4.20

    Exit codes: 0 printed, 1 no release loads, 2 an argument is wrong.
    """
    transaction = Transaction(
        schema_version=TRANSACTION_SCHEMA_VERSION,
        txn_id="predict",
        user_id="predict",
        account_id="predict",
        occurred_at=parse_as_of(at) or datetime.now(UTC),  # noqa: TID251 - now is what the command means
        amount=amount,
        currency=currency,
        description=description,
        mcc=mcc,
        channel=channel,
    )
    if (fault := find_error(transaction)) is not None:
        raise InvalidTransactionError(fault.detail)
    release = choose_release(read(TrainerSettings), version=version, registry=registry)
    in_force = _record_in_force() if record else None
    overrides = NO_OVERRIDES if in_force is None else in_force.overrides
    descriptor = build_descriptor(transaction)
    opinion = opinion_of(release, Explainer(release.model), transaction, descriptor, overrides=overrides)
    best = [(category.value, share) for category, share in opinion.ranked]
    words = [f"{name:26} {share:.3f}" for name, share in best]
    words[0] += f"  {opinion.outcome}"
    words += [f"  {text}" for text in opinion.why]
    words.append(
        "thresholds: the release's own; --record reads those of the rollout record"
        if in_force is None
        else f"thresholds: with rollout record {in_force.version}: {in_words(overrides) or 'no overrides'}"
    )
    summary: dict[str, int | float | str | bool | None] = {
        "model_version": release.version,
        "norm_desc": descriptor.norm,
        "merchant_key": descriptor.merchant_key,
        "category": best[0][0],
        "confidence": round(best[0][1], 6),
        "accepted": opinion.is_accepted,
        "threshold": opinion.threshold,
        "rollout_version": None if in_force is None else in_force.version,
        "explanations": "; ".join(opinion.why),
    }
    for place, (name, share) in enumerate(best[1:], start=2):
        summary |= {f"category_{place}": name, f"confidence_{place}": round(share, 6)}
    say("\n".join(words), summary, as_json=as_json)


def _record_in_force() -> RolloutRecord:
    """Return the rollout record in force; raises StreamError where it cannot be read, OpsError where there is none."""
    from ops.rollout.active_record import record_in_force  # noqa: PLC0415 - other questions need no Kafka client

    record = record_in_force()
    if record is None:
        raise OpsError(
            "there is no rollout record yet; start a worker, run 'ledgermind rollout init', or leave --record"
        )
    return record

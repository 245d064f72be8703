"""``ledgermind landing rejects``: the records that no table took, listed, and landed once they can."""

from collections import Counter
from dataclasses import asdict
from typing import Annotated

import msgspec
import typer

from ops.errors import OpsError
from schemas.events.dead_letter import DeadLetterReason
from streams.landing.mapping.tables import TABLE_OF_TOPIC
from streams.landing.settings import LandingSettings
from streams.settings import KafkaSettings, read

app = typer.Typer(
    help="List the records that Postgres did not accept, and load them again.",
    no_args_is_help=True,
    add_completion=False,
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object per line.")]
Topics = Annotated[list[str] | None, typer.Option("--topic", help="Only this topic; may be repeated.")]
Reasons = Annotated[list[DeadLetterReason] | None, typer.Option("--reason", help="Only this reason; may be repeated.")]


@app.command(name="list")
def list_(topic: Topics = None, reason: Reasons = None, limit: int = 50, as_json: Json = False) -> None:
    """List the newest rejected records with topic, partition, offset, reason and time; never print their content.

    Example: ledgermind landing rejects list --topic transactions

    Exit codes: 0 listed, 1 a topic is unknown, 9 Postgres does not answer.
    """
    from ops.warehouse import landing_rejects  # noqa: PLC0415 - the parent of a landing needs no Kafka client

    found = landing_rejects.rejects(read(LandingSettings), topics=known_topics(topic), reasons=reason or ())
    for one in found[-limit:] if limit else found:
        if as_json:
            typer.echo(msgspec.json.encode(one).decode())
        else:
            at = f"{one.rejected_at:%Y-%m-%d %H:%M:%S%z}"
            typer.echo(f"{one.topic}/{one.partition}/{one.offset}  {one.reason}  {at}  {one.detail}")
    if not as_json:
        counts = Counter(f"{one.topic} {one.reason}" for one in found).most_common()
        said = ", ".join(f"{count:,} {name}" for name, count in counts)
        typer.echo(f"{len(found):,} rejects{': ' if said else ''}{said}")


@app.command()
def retry(
    topic: Topics = None,
    reason: Reasons = None,
    every: Annotated[bool, typer.Option("--all", help="All topics and reasons.")] = False,
    as_json: Json = False,
) -> None:
    """Load the rejected records that their table now accepts, each at most once; the others stay rejected.

    Example: ledgermind landing rejects retry --reason missing_field

    Exit codes: 0 done, 1 no choice or an unknown topic, 4 no broker answers, 9 Postgres does not answer.
    """
    from ops.warehouse import landing_rejects  # noqa: PLC0415 - the parent of a landing needs no Kafka client

    if every == bool(topic or reason):
        raise OpsError("say which rejects to land: --topic TOPIC or --reason REASON (may be repeated), or --all")
    settings = read(LandingSettings)
    chosen = landing_rejects.rejects(settings, topics=known_topics(topic), reasons=reason or ())
    done = landing_rejects.retry(read(KafkaSettings), settings, chosen)
    if as_json:
        said = {name: count for name, count in asdict(done).items() if count or name != "skipped"}
        typer.echo(msgspec.json.encode(said).decode())
    else:
        gone = f", {done.gone:,} lie no longer on their topic" if done.gone else ""
        skipped = f", {done.skipped:,} are skipped by the mapping" if done.skipped else ""
        typer.echo(f"{done.landed:,} rejects landed, {done.refused:,} are still refused{gone}{skipped}")


def known_topics(topics: list[str] | None) -> list[str]:
    """Return the topics that were named; raises OpsError for one that never lands."""
    unknown = sorted(set(topics or ()) - set(TABLE_OF_TOPIC))
    if unknown:
        raise OpsError(
            f"{', '.join(unknown)} is not a topic that the landing reads; it reads {', '.join(TABLE_OF_TOPIC)}"
        )
    return topics or []

"""``ledgermind topics``: makes, checks or alters the topics."""

from typing import Annotated

import typer

from ops.kafka.topics import add_partitions, alter_settings, check_when_known, create_topics
from schemas.contracts.topics import TOPICS
from streams.errors import TopicError
from streams.kafka.topic_check import check_topics
from streams.kafka.topic_settings import read_faults
from streams.settings import KafkaSettings, read

app = typer.Typer(help="Make, check or alter the topics.", no_args_is_help=True)


MinIsr = Annotated[
    int | None,
    typer.Option(min=1, help="Copies that must have a record before it counts as written; 2 of more than one."),
]


@app.command()
def create(
    replication: Annotated[int, typer.Option(min=1, help="Replication factor.")] = 1, min_isr: MinIsr = None
) -> None:
    """Make the topics that are missing.

    Example: ledgermind topics create --replication 3 --min-isr 2

    Exit codes: 0 every topic exists, 3 the broker refuses one, 4 no broker answers.
    """
    made = create_topics(read(KafkaSettings), replication=replication, min_isr=min_isr)
    typer.echo(f"made: {', '.join(made)}" if made else "all topics were there already")


@app.command()
def check() -> None:
    """Check that every topic exists, with enough partitions and with the settings that delivery needs.

    Example: ledgermind topics check

    Exit codes: 0 all can be served, 3 a topic is missing, has too few partitions or a wrong setting,
    4 no broker answers.
    """
    kafka = read(KafkaSettings)
    for line in check_topics(kafka, TOPICS):
        typer.echo(line)
    faults = read_faults(kafka, TOPICS)
    for fault in faults or ():
        typer.echo(fault.line, err=True)
    if faults:
        raise typer.Exit(TopicError.exit_code)
    known = "can be served" if faults is not None else "can be served; the broker does not tell their settings"
    typer.echo(f"all {len(TOPICS)} topics are there and {known}")


@app.command()
def alter(min_isr: MinIsr = None) -> None:
    """Add the partitions and set the settings that a topic lacks; its records stay where they are.

    Example: ledgermind topics alter --min-isr 2

    Exit codes: 0 nothing is left to alter, 3 a topic is missing or cannot be altered, 4 no broker answers.
    """
    kafka = read(KafkaSettings)
    done = add_partitions(kafka) + alter_settings(kafka, min_isr=min_isr)
    check_when_known(kafka)
    for line in done or ["nothing to alter"]:
        typer.echo(line)

"""``ledgermind topics``: makes or checks the topics."""

import typer

from ops.kafka.topics import create_topics
from schemas.contracts.topics import TOPICS
from streams.kafka.topic_check import check_topics
from streams.settings import KafkaSettings, read

app = typer.Typer(help="Make or check the topics.", no_args_is_help=True)


@app.command()
def create(replication: int = typer.Option(1, min=1, help="Replication factor.")) -> None:
    """Make the topics that are missing."""
    made = create_topics(read(KafkaSettings), replication=replication)
    typer.echo(f"made: {', '.join(made)}" if made else "all topics were there already")


@app.command()
def check() -> None:
    """Exit 3 where a topic is missing or has another shape."""
    check_topics(read(KafkaSettings), TOPICS)
    typer.echo(f"all {len(TOPICS)} topics are there, in the agreed shape")

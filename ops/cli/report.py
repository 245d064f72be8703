"""Report: what commands say of their work, as a line for people or as JSON."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import typer

from ops.errors import OpsError

if TYPE_CHECKING:  # a command that only speaks needs no Kafka
    from ops.kafka.publish import Progress, Published


class UndeliveredError(OpsError):
    """Some records did not reach the topic."""


@dataclass(slots=True)
class Counter:
    """A running count on a terminal; silent where nobody watches."""

    drawn: bool = False

    def show(self, progress: Progress) -> None:
        """Draw the count over the one before."""
        if sys.stderr.isatty():
            rate = progress.delivered / progress.seconds if progress.seconds > 0 else 0.0
            typer.echo(f"\r{progress.delivered:,} delivered, {rate:,.0f}/s \x1b[K", err=True, nl=False)
            self.drawn = True

    def clear(self) -> None:
        """Leave the line to what is printed next."""
        if self.drawn:
            typer.echo("\r\x1b[K", err=True, nl=False)


def say(words: str, summary: Mapping[str, object], *, as_json: bool, to_stderr: bool = False) -> None:
    """Print ``words``, or ``summary`` as one JSON object."""
    typer.echo(msgspec.json.encode(summary).decode() if as_json else words, err=to_stderr)


def say_published(published: Published, *, refused: int = 0, as_json: bool) -> None:
    """Print what was published; raises UndeliveredError where a record did not arrive."""
    summary = {
        "delivered": published.delivered,
        "failed": published.failed,
        "unconfirmed": published.unconfirmed,
        "refused": refused,
        "seconds": round(published.seconds, 3),
        "per_second": round(published.per_second, 1),
        "interrupted": published.was_interrupted,
    }
    words = f"{published.delivered:,} delivered in {published.seconds:.1f} s ({published.per_second:,.0f}/s)"
    words += f", {refused:,} rows refused" if refused else ""
    say(words + (", interrupted" if published.was_interrupted else ""), summary, as_json=as_json)
    if published.failed or published.unconfirmed:
        raise UndeliveredError(
            f"{published.failed} records failed and {published.unconfirmed} are unconfirmed"
            f" ({published.first_error or 'the broker did not answer in time'}): look at the broker, then publish again"
        )

"""Rollout options: what the commands that write a rollout record ask for in the same words."""

from typing import Annotated

import typer

Reason = Annotated[str, typer.Option(help="Reason; the rollout record keeps it.")]
Expect = Annotated[int | None, typer.Option(help="Refuse if the active record has another version.")]
Actor = Annotated[str, typer.Option(help="Name of the person or program that decides.")]
Override = Annotated[
    str | None, typer.Option(help="Reason to continue although criteria do not hold; the rollout record keeps it.")
]

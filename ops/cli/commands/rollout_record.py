"""``ledgermind rollout history``, ``init`` and ``rollback``: the list of records, the first one and the safe one."""

import getpass
from typing import Annotated

import typer

from ops.cli.commands.judge import read_records, utc_now
from ops.cli.commands.rollout_status import show_records
from ops.cli.options import Json
from ops.cli.rollout_options import Actor, Expect, Reason
from ops.releases.serving_check import require_servable
from scorer.release.registry import Registry
from streams.rollout.change import Change, first_record, refuse_foreign
from streams.rollout.release_model import Releases
from streams.rollout.writer import Writer
from streams.settings import KafkaSettings, RegistrySettings, SuggestSettings, read


def history(
    every: Annotated[
        bool, typer.Option("--all", help="Also list acts of operators: pause, resume, requeue, reset, repair.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the rollout records, oldest first.

    Example: ledgermind rollout history --all

    Exit codes: 0 listed, 4 no broker answers, 8 a record cannot be read.
    """
    records = read_records()
    show_records([record for record in records if every or record.act is None], as_json=as_json, with_acts=every)


def init(
    actor: Actor = "",
    canary: Annotated[str | None, typer.Option(help="Release for the canary; else the newest that loads.")] = None,
    new_taxonomy: Annotated[
        bool, typer.Option("--new-taxonomy", help="Begin anew at 0 % behind a record of another taxonomy.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write record 0 from the environment, unless a record exists.

    A record of another taxonomy is none of this command's: workers refuse it, and --new-taxonomy begins anew
    behind it, in shadow mode. Neither releases nor overrides nor evidence of before go on.

    Example: ledgermind rollout init

    Exit codes: 0 a record exists, 3 the release may not be served, 4 no broker answers, 8 the record in force is of
    another taxonomy.
    """
    suggest, registry, by = read(SuggestSettings), read(RegistrySettings), actor or getpass.getuser()
    model = Releases(registry).newest() if canary is None else canary or None
    writer = Writer(read(KafkaSettings))
    last = writer.history.latest
    if last is not None and not new_taxonomy:
        refuse_foreign(last)
    if last is None:
        proposed = first_record(suggest, canary_model=model, actor=by, now=utc_now())
        require_servable(proposed, Registry(registry.registry))
    begun = writer.begin(suggest, canary_model=model, actor=by, now=utc_now(), new_taxonomy=new_taxonomy)
    show_records([begun], as_json=as_json)


def rollback(reason: Reason, actor: Actor = "", expect_version: Expect = None, as_json: Json = False) -> None:
    """Set the canary to 0 % and keep it in shadow mode; workers follow within a second.

    Example: ledgermind rollout rollback --reason "complaints"

    Exit codes: 0 written, 4 no broker answers.
    """
    change = Change(
        actor=actor or getpass.getuser(), reason=reason, percent="0.00", shadow=True, expect_version=expect_version
    )
    show_records([Writer(read(KafkaSettings)).change(change, now=utc_now())], as_json=as_json)

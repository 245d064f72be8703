"""``ledgermind rollout verify`` and ``repair``: whether the chain of records holds, and what answers its findings."""

import getpass
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from ops.cli.commands.judge import read_rollout, utc_now
from ops.cli.commands.rollout_status import show_records
from ops.cli.options import Json
from ops.cli.rollout_options import Actor, Reason
from ops.errors import OpsError
from ops.rollout.audit import entry_faults, verdict_faults
from ops.rollout.decision_log import chain_faults, read_entries
from schemas.events.rollout import Act, ActKind
from streams.errors import RolloutRecordError
from streams.rollout.change import Change
from streams.rollout.writer import Writer
from streams.settings import KafkaSettings, read

MAX_FINDINGS: Final = 10  # that verify names; the count of the others follows
MAX_CHARACTERS: Final = 200  # of a finding in the record that answers it


def verify_command(
    journal: Annotated[
        Path | None, typer.Option(help="Decision log of a judge; its hash chain and verdicts are verified as well.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Verify the hash chain, and compute every verdict again from its evidence.

    The command names the offset of each record that is no record, breaks the chain or cannot be read, and says
    which records retention removed; ledgermind rollout repair answers them.

    Example: ledgermind rollout verify

    Exit codes: 0 all is right, 4 no broker answers, 8 the chain or a verdict is broken.
    """
    rollout = read_rollout()
    records = rollout.records
    entries = [] if journal is None else list(read_entries(journal))
    findings = list(rollout.findings())
    faults = findings + verdict_faults(records) + entry_faults(entries)
    faults += [] if journal is None else [f"{journal}: {fault}" for fault in chain_faults(journal)]
    if faults:
        more = [f"and {len(faults) - MAX_FINDINGS} more"] if len(faults) > MAX_FINDINGS else []
        hint = ["workers go on; ledgermind rollout repair --reason … answers these"] if findings else []
        raise RolloutRecordError("; ".join([*faults[:MAX_FINDINGS], *more, *hint]))
    head = records[-1].hash if records else None
    verdicts = sum(record.verdict is not None for record in records) + len(entries)
    answer: dict[str, str | int | None] = {
        "records": len(records),
        "chain": "unbroken",
        "verdicts": verdicts,
        "head": head,
    }
    _print(answer, as_json=as_json)


def repair_command(reason: Reason, actor: Actor = "", as_json: Json = False) -> None:
    """Append a record that answers the findings of rollout verify; it changes nobody's share.

    The record links to the newest one of the chain. If that one cannot be read, control serves all users, and the
    rollout continues from the last readable record at 0 %.

    Example: ledgermind rollout repair --reason "retention removed records"

    Exit codes: 0 written or nothing to repair, 4 no broker answers.
    """
    writer = Writer(read(KafkaSettings))
    findings = list(writer.history.findings())
    if not findings:
        raise OpsError("there is nothing to repair: ledgermind rollout verify finds nothing on the topic")
    details = {"findings": str(len(findings)), "first": findings[0][:MAX_CHARACTERS]}
    change = Change(
        actor=actor or getpass.getuser(), reason=reason, act=Act(kind=ActKind.REPAIR.value, details=details)
    )
    show_records([writer.change(change, now=utc_now())], as_json=as_json)


def _print(answer: dict[str, str | int | None], *, as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(answer).decode())
    else:
        typer.echo(", ".join(f"{name} {value}" for name, value in answer.items()))

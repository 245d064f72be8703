"""``ledgermind mapping``: checks a mapping of input records, explains one record, proposes a mapping from records."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from ops.atomic_file import read_bytes
from ops.errors import OpsError, UsageError
from ops.input_mapping.judge import MappedLines, explain_record, judge_mapped
from ops.input_mapping.propose import propose_mapping
from schemas.events.dead_letter import RecordError
from schemas.events.skip_reason import SkipReason
from streams.errors import MappingError
from streams.process.input_mapping.load import load_mapping
from streams.process.input_mapping.record_mapping import RecordMapping

app = typer.Typer(
    help="Check, explain or propose a mapping, which turns records of any shape into Transactions.",
    no_args_is_help=True,
    add_completion=False,
)
MappingName = Annotated[
    str, typer.Argument(metavar="MAPPING", help="A YAML file, or plaid, teller, berlin-group, camt-053.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class MappingRefusedError(OpsError):
    """A mapping cannot be used, or does not read the records."""


@app.command()
def check(
    file: MappingName,
    records: Annotated[Path | None, typer.Option(help="Records as JSON lines, also .gz, that it must read.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Check a mapping: errors by file and line, and what becomes of the records of a file.

    Keys of records are not judged: a file has none.

    Example: ledgermind mapping check plaid --records sample.jsonl

    Exit codes: 0 no error and no dead letter, 1 an error, an open doubt or a record that would be a dead letter.
    """
    try:
        mapping = load_mapping(file)
    except MappingError as error:
        for issue in error.issues:
            typer.echo(str(issue))
        many = "" if len(error.issues) == 1 else "s"
        raise MappingRefusedError(f"{len(error.issues)} error{many}; correct the lines above") from error
    found = None
    if records is not None:
        with read_bytes(records) as lines:
            found = judge_mapped(mapping, lines)
    typer.echo(_as_json(mapping, found) if as_json else _as_text(mapping, found))
    if found is not None and found.refused:
        raise MappingRefusedError(
            f"dead letters: {found.refused:,}; mend the mapping: ledgermind mapping explain shows one record's fields"
        )


@app.command()
def explain(
    file: MappingName,
    record: Annotated[str, typer.Argument(help="A file that holds one JSON object, or the object itself.")],
    *,
    key: Annotated[str | None, typer.Option(help="The record's key; without, its key is not judged.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show each field of one record: the path that it is read from, what stands there, and what it becomes.

    It shows what the record holds: mind where you print it.

    Example: ledgermind mapping explain plaid record.json

    Exit codes: 0 it becomes a transaction or is skipped, 1 it would be a dead letter, 2 the mapping or the
    record cannot be read.
    """
    mapping = load_mapping(file)
    value = _record(record)
    found = explain_record(mapping, value, None if key is None else key.encode())
    outcome = _outcome(mapping, value, key)
    if as_json:
        fields = [] if isinstance(found, RecordError) else [msgspec.to_builtins(one) for one in found]
        typer.echo(msgspec.json.encode({"outcome": outcome, "fields": fields}).decode())
    elif not isinstance(found, RecordError):
        for one in found:
            typer.echo(f"{one.field:12} {one.path or '-':32} {one.kind:8} {'! ' if one.is_fault else ''}{one.result}")
    if outcome.startswith("dead letter"):
        raise MappingRefusedError(outcome)
    if not as_json:
        typer.echo(outcome)


@app.command()
def infer(
    records: Annotated[Path, typer.Argument(help="Records as JSON lines, also .gz; a thousand are read.")],
) -> None:
    """Print a proposal of a mapping; what the records do not say is a ? that check refuses until it is answered.

    Identities and money are always asked. No value of a record is printed.

    Example: ledgermind mapping infer sample.jsonl > mapping.yml

    Exit codes: 0 printed, 1 no line is a JSON object.
    """
    with read_bytes(records) as lines:
        typer.echo(propose_mapping(lines), nl=False)


def _record(given: str) -> bytes:
    if given.lstrip().startswith("{"):
        return given.encode()
    try:
        return Path(given).read_bytes().strip()
    except OSError as error:
        raise UsageError(
            f"{given}: cannot be read ({error.strerror}); name a file, or give the object itself"
        ) from error


def _outcome(mapping: RecordMapping, value: bytes, key: str | None) -> str:
    found = judge_mapped(mapping, [value]) if key is None else None
    if found is None:
        outcome = mapping.decode((key or "").encode(), value)
        if isinstance(outcome, RecordError):
            return f"dead letter {outcome.reason.value} ({outcome.detail})"
        return f"skipped: {outcome.value}" if isinstance(outcome, SkipReason) else "accepted"
    for fault in found.faults:
        return f"dead letter {fault.reason.value} ({fault.detail})"
    for reason in found.skipped:
        return f"skipped: {reason.value}"
    return "accepted"


def _as_text(mapping: RecordMapping, found: MappedLines | None) -> str:
    spec = mapping.spec
    key = "any key" if spec.key is None else f"key {spec.key if isinstance(spec.key, str) else spec.key.text}"
    lines = [f"{mapping.version}: {len(spec.paths())} paths, {len(spec.skips)} to skip by, {key}; no errors"]
    if found is not None:
        skipped = ", ".join(f"{count:,} {reason.value}" for reason, count in found.skipped.most_common())
        lines.append(
            f"{found.accepted:,} accepted, {found.skipped.total():,} skipped{f' ({skipped})' if skipped else ''}, "
            f"{found.refused:,} dead letters"
        )
        for fault, (count, first) in sorted(found.faults.items(), key=lambda one: -one[1][0]):
            lines.append(f"  {count:>8,}  {fault.reason.value}: {fault.detail}, first in line {first:,}")
    return "\n".join(lines)


def _as_json(mapping: RecordMapping, found: MappedLines | None) -> str:
    said: dict[str, object] = {"version": mapping.version, "paths": sorted(mapping.spec.paths())}
    if found is not None:
        said["accepted"] = found.accepted
        said["skipped"] = {reason.value: count for reason, count in found.skipped.items()}
        said["dead_letters"] = [
            {"reason": fault.reason.value, "detail": fault.detail, "count": count, "first_line": first}
            for fault, (count, first) in found.faults.items()
        ]
    return msgspec.json.encode(said).decode()

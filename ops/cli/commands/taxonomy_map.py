"""``ledgermind taxonomy map``: proposes what each default category is in a taxonomy, from labelled transactions."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Annotated, Final

import typer

from ops.atomic_file import write_whole
from ops.cli import csv_options
from ops.cli.options import Json
from ops.cli.report import say
from ops.cli.rule_file import load_engine
from ops.cli.taxonomy_file import TaxonomyFile
from ops.csv_import.cells import RefusedRow
from ops.csv_import.row import Row
from ops.csv_import.source import read_csv
from ops.errors import UsageError
from ops.taxonomy.propose import Proposal, own_label, propose_mapping_of_defaults, with_mapping
from rules.engine import RuleEngine
from schemas.taxonomy import DEFAULT
from schemas.taxonomy.definition import Taxonomy
from schemas.taxonomy.installed import read_taxonomy
from schemas.taxonomy.parse import parse_taxonomy
from schemas.text.descriptor import build_descriptor

_BATCH: Final = 1_000


@dataclass(slots=True)
class _Read:
    """What the labelled file held."""

    pairs: list[tuple[str, str]] = field(default_factory=list)
    labelled: int = 0
    refused: int = 0
    unknown: Counter[str] = field(default_factory=Counter)


@csv_options.with_csv_options
def map_(
    file: TaxonomyFile,
    *,
    labels: Annotated[Path, typer.Option(help="Transactions labelled with the categories of the file.")],
    reading: csv_options.Reading,
    write: Annotated[bool, typer.Option("--write", help="Write proposals without a doubt into the file.")] = False,
    as_json: Json = False,
) -> None:
    """Propose which category of the file each default one is, from what the default rules say of labelled transactions.

    A proposal is in doubt where its label has less than 60 % of the rows that the rules answer so, or these are fewer
    than 5. Nothing is written without --write, and doubts never are.

    Example: ledgermind taxonomy map mine.yml --labels past.csv

    Exit codes: 0 proposed, 2 no row has a category of the file, or a file or an option is wrong.
    """
    taxonomy = read_taxonomy(file)
    found = _read(taxonomy, labels, reading, load_engine(None))
    if not found.labelled:
        first = f", such as {next(iter(found.unknown))!r}" if found.unknown else ""
        raise UsageError(
            f"{labels.name}: no row has a category of {file.name}{first}; name its column: --map category=…"
        )
    proposals = propose_mapping_of_defaults(taxonomy, found.pairs)
    sure = {one.default: one.own for one in proposals if not one.doubt and one.own != one.stands}
    if write and sure:
        _write(file, taxonomy, sure)
    summary = {
        "labelled": found.labelled,
        "answered": len(found.pairs),
        "refused": found.refused,
        "unknown_labels": dict(found.unknown),
        "proposals": [
            {"default": one.default, "stands": one.stands, "proposed": one.own, "rows": one.rows, "share": one.share,
             "doubt": one.doubt} for one in proposals
        ],
        "written": len(sure) if write else 0,
    }  # fmt: skip
    say("\n".join(_lines(found, proposals, sure, file=file, is_written=write)), summary, as_json=as_json)


def _read(taxonomy: Taxonomy, labels: Path, reading: csv_options.Reading, engine: RuleEngine) -> _Read:
    found = _Read()
    for rows in _batches(labels, reading):
        kept = [row for row in rows if isinstance(row, Row)]
        found.refused += len(rows) - len(kept)
        transactions = [row.transaction for row in kept]
        answers = engine.answer(transactions, [build_descriptor(transaction) for transaction in transactions])
        for row, answer in zip(kept, answers, strict=True):
            if not row.category:
                continue
            own = own_label(taxonomy, row.category.strip())
            if own is None:
                found.unknown[row.category.strip()] += 1
                continue
            found.labelled += 1
            if answer is not None:
                found.pairs.append((str(answer.category), own))
    return found


def _batches(labels: Path, reading: csv_options.Reading) -> Iterator[list[Row | RefusedRow]]:
    rows = read_csv(labels, reading.columns, reading.written)
    while batch := list(islice(rows, _BATCH)):
        yield batch


def _write(file: Path, taxonomy: Taxonomy, sure: dict[str, str | None]) -> None:
    text = with_mapping(file.read_text(encoding="utf-8-sig"), dict(taxonomy.from_default) | sure)
    parse_taxonomy(text, file=str(file), default=DEFAULT)
    with write_whole(file) as written:
        written.write(text.encode())


def _lines(
    found: _Read, proposals: tuple[Proposal, ...], sure: dict[str, str | None], *, file: Path, is_written: bool
) -> list[str]:
    lines = [
        f"{found.labelled:,} rows have a category of the file, the default rules answer {len(found.pairs):,} of them",
        *(f"  {_line(one)}" for one in proposals),
    ]
    if found.unknown:
        named = ", ".join(f"{name} {count:,}" for name, count in found.unknown.most_common(5))
        lines.append(f"{found.unknown.total():,} rows have a label that is no category of the file: {named}")
    if found.refused:
        lines.append(f"{found.refused:,} rows are refused as transactions")
    doubts = sum(bool(one.doubt) for one in proposals)
    done = "written" if is_written else "not written: give --write"
    lines.append(f"{len(sure)} proposals without a doubt that {file.name} does not have yet, {done}; {doubts} doubts")
    return lines


def _line(one: Proposal) -> str:
    own = one.own or "null"
    change = "" if one.own == one.stands else f", the file has {one.stands or 'null'}"
    counted = f"{one.share:.0%} of {one.rows:,} rows" if one.rows else "no rows"
    return f"{one.default}: {own} ({counted}{change})" + (f"; in doubt: {one.doubt}" if one.doubt else "")

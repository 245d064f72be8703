"""``ledgermind taxonomy migrate``: moves labels and hints from the categories of one taxonomy to those of another."""

import csv
import io
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from ops.atomic_file import TextFileError, write_whole
from ops.cli.options import Dsn, Json, postgres_dsn
from ops.cli.report import say
from ops.cli.taxonomy_file import AnyTaxonomy, read_any_taxonomy
from ops.errors import UsageError
from ops.taxonomy.label_file import count_labels, mapped_rows
from ops.taxonomy.propose import own_label
from ops.taxonomy.succession import Succession, find_succession, require_none_lost
from schemas.taxonomy.definition import Taxonomy


def migrate(
    before: AnyTaxonomy,
    after: AnyTaxonomy,
    *,
    labels: Annotated[Path | None, typer.Option(help="CSV of labels, with --out.")] = None,
    out: Annotated[Path | None, typer.Option(help="CSV to write; - prints it.")] = None,
    column: Annotated[str, typer.Option(help="Column of the CSV that holds the category.")] = "category",
    database: Annotated[bool, typer.Option("--database", help="Labels of the warehouse.")] = False,
    hints: Annotated[bool, typer.Option("--hints", help="Hints on their topic.")] = False,
    to: Annotated[list[str] | None, typer.Option(help="Successor of a category: OLD=NEW; may be repeated.")] = None,
    leave_out: Annotated[
        list[str] | None, typer.Option(help="Category whose labels may be lost; may be repeated.")
    ] = None,
    dsn: Dsn = None,
    as_json: Json = False,
) -> None:
    """Move labels from one taxonomy to another: of a CSV, of the warehouse, and the hints on their topic.

    A category becomes that of --to, else that of its id, of its name, or of the default categories that it is mapped
    from. Where labels would be lost, or nobody knows their category, nothing is done; --leave-out allows it. In the
    warehouse nothing is rewritten: builds for the new taxonomy read the old labels under their new names.

    Example: ledgermind taxonomy migrate default mine.yml --database

    Exit codes: 0 done, 2 labels would be lost, or a file or an option is wrong, 3 the topic of hints is missing,
    4 no broker answers, 9 Postgres does not answer.
    """
    old, new = read_any_taxonomy(before), read_any_taxonomy(after)
    if (labels is None) != (out is None):
        raise UsageError("--labels and --out go together: the one is read, the other is written")
    if old.version == new.version and old != new:
        raise UsageError(f"both taxonomies are of version {old.version}: give the later one another version")
    left_out = [*(leave_out or ())]
    given: dict[str, str | None] = dict.fromkeys(left_out) | dict(map(_pair, to or ()))
    succession = find_succession(old, new, given=given)
    done: dict[str, Mapping[str, int]] = {}
    text = _read(labels) if labels is not None else ""
    ids: dict[str, str] = {}
    if labels is not None:
        named = count_labels(io.StringIO(text, newline=""), column)
        ids = {name: own_label(old, name) or name for name in named}
        done["csv"] = _by_id(named, ids)
        require_none_lost(done["csv"], succession, old=old, left_out=left_out)
    if hints:
        from ops.kafka.migrate_hints import count_hints, write_migrated  # noqa: PLC0415 - files need no Kafka
        from streams.settings import KafkaSettings, read  # noqa: PLC0415

        kafka = read(KafkaSettings)
        done["hints"] = count_hints(kafka, new)
        require_none_lost(done["hints"], succession, old=old, left_out=left_out)
    if database:
        from ops.warehouse.successors import note_successors  # noqa: PLC0415

        done["database"] = note_successors(postgres_dsn(dsn), old, new, succession, left_out=left_out)
    if hints:
        write_migrated(kafka, new, succession.successors)
    if out is not None:
        _write(out, text, column, {name: succession.successors[id_] for name, id_ in ids.items()})
    _say(old, new, succession, done, as_json=as_json, to_stderr=out is not None and str(out) == "-")


def _pair(text: str) -> tuple[str, str]:
    name, equals, successor = text.partition("=")
    if not equals or not name or not successor:
        raise UsageError(f"--to {text!r}: write OLD=NEW")
    return name, successor


def _read(labels: Path) -> str:
    try:
        return labels.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise TextFileError(f"cannot read {labels}: {(error.strerror or str(error)).lower()}") from error
    except UnicodeDecodeError as error:
        raise TextFileError(f"{labels} is not UTF-8 at byte {error.start:,}: save it as UTF-8") from error


def _by_id(named: Mapping[str, int], ids: Mapping[str, str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for name, count in named.items():
        counts[ids[name]] += count
    return counts


def _write(out: Path, text: str, column: str, successors: Mapping[str, str | None]) -> None:
    with write_whole(out) as written:
        for row in mapped_rows(io.StringIO(text, newline=""), column, successors):
            line = io.StringIO()
            csv.writer(line, lineterminator="\n").writerow(row)
            written.write(line.getvalue().encode())


def _say(
    old: Taxonomy,
    new: Taxonomy,
    succession: Succession,
    done: Mapping[str, Mapping[str, int]],
    *,
    as_json: bool,
    to_stderr: bool,
) -> None:
    total: Counter[str] = Counter()
    for counts in done.values():
        total.update(counts)
    lines = [f"from taxonomy {old.version} to {new.version}"]
    for id_, successor in succession.successors.items():
        count = f", {total[id_]:,} labels" if total[id_] else ""
        lines.append(f"  {id_} -> {successor or 'nothing'} ({succession.by[id_]}{count})")
    lost = {id_: total[id_] for id_, successor in succession.successors.items() if successor is None and total[id_]}
    if lost:
        lines.append(f"left out: {', '.join(f'{id_} {count:,}' for id_, count in lost.items())}")
    lines.append(", ".join(f"{kind}: {sum(counts.values()):,}" for kind, counts in done.items()) or "nothing was moved")
    summary = {
        "from": old.version,
        "to": new.version,
        "successors": dict(succession.successors),
        "by": dict(succession.by),
        "moved": {kind: sum(counts.values()) for kind, counts in done.items()},
        "left_out": lost,
    }
    say("\n".join(lines), summary, as_json=as_json, to_stderr=to_stderr)

"""``ledgermind taxonomy``: begin a file of own categories, check, compare and map it, and move labels to it."""

from pathlib import Path
from typing import Annotated

import typer

from ops.atomic_file import write_whole
from ops.cli import csv_options
from ops.cli.commands.taxonomy_map import map_
from ops.cli.commands.taxonomy_migrate import migrate
from ops.cli.options import Dsn, Json, postgres_dsn
from ops.cli.report import say
from ops.cli.taxonomy_file import AnyTaxonomy, TaxonomyFile, read_any_taxonomy
from ops.csv_import.row import Row
from ops.csv_import.source import read_csv
from ops.errors import OpsError, UsageError
from ops.taxonomy.begin import copy_of, taxonomy_of_labels
from ops.taxonomy.changes import describe_changes, find_changes
from ops.taxonomy.render import render_taxonomy
from schemas.taxonomy import DEFAULT
from schemas.taxonomy.definition import Taxonomy
from schemas.taxonomy.errors import TaxonomyError
from schemas.taxonomy.installed import read_taxonomy
from schemas.taxonomy.parse import parse_taxonomy

app = typer.Typer(
    help="Begin, check, compare and map a file of your own categories, and move labels to it.",
    no_args_is_help=True,
    add_completion=False,
)


class TaxonomyRefusedError(OpsError):
    """A taxonomy file cannot be used."""

    exit_code = 2


@app.command()
@csv_options.with_csv_options
def init(
    file: TaxonomyFile,
    *,
    reading: csv_options.Reading,
    source: Annotated[
        Path | None, typer.Option("--from", help="Labelled transactions: each category that they name is one.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a taxonomy file to go on with: a copy of the default, or the categories of a labelled file.

    A category of --from with the name of a default category is mapped to it; taxonomy map proposes the others.

    Example: ledgermind taxonomy init mine.yml

    Exit codes: 0 written, 2 the file is there already, or the labelled file or an option is wrong.
    """
    if file.exists():
        raise UsageError(f"{file} is there already: name another file, or remove it")
    made = copy_of(DEFAULT) if source is None else taxonomy_of_labels(_labels(source, reading), default=DEFAULT)
    text = render_taxonomy(made, file=file.name)
    made = parse_taxonomy(text, file=str(file), default=DEFAULT)
    with write_whole(file) as written:
        written.write(text.encode())
    unmapped = _unmapped(made)
    words = (
        f"{file}: {len(made.ids)} categories, {len(unmapped)} of {len(DEFAULT.ids)} default ones are none of them yet"
    )
    say(words, _summary(made), as_json=as_json)


@app.command()
def check(
    file: TaxonomyFile,
    *,
    database: Annotated[
        bool, typer.Option("--database", help="Also look for labels that it has no place for.")
    ] = False,
    dsn: Dsn = None,
    as_json: Json = False,
) -> None:
    """Check a taxonomy file: every fault on a line, else what each default category is in it.

    Example: ledgermind taxonomy check mine.yml

    Exit codes: 0 it can be used, 1 the warehouse holds labels that it has no place for, 2 it cannot be used,
    9 Postgres does not answer.
    """
    try:
        found = read_taxonomy(file)
    except TaxonomyError as error:
        for fault in error.faults:
            typer.echo(f"{error.file}: {fault}")
        many = "" if len(error.faults) == 1 else "s"
        raise TaxonomyRefusedError(f"{len(error.faults)} fault{many}; correct the lines above") from error
    if database:
        from ops.warehouse.successors import require_known_labels  # noqa: PLC0415 - a file alone needs no Postgres

        require_known_labels(postgres_dsn(dsn), version=found.version, categories=found.ids)
    say("\n".join(_describe(found)), _summary(found), as_json=as_json)


@app.command()
def diff(before: AnyTaxonomy, after: AnyTaxonomy, *, as_json: Json = False) -> None:
    """Compare two taxonomies: categories added, removed and renamed, and default ones mapped otherwise.

    Example: ledgermind taxonomy diff default mine.yml

    Exit codes: 0 compared, 2 a file cannot be used.
    """
    old, new = read_any_taxonomy(before), read_any_taxonomy(after)
    changes = find_changes(old, new)
    lines = list(describe_changes(changes)) or ["no difference"]
    changed = {
        "added": changes.added,
        "removed": changes.removed,
        "renamed": changes.renamed,
        "other_id": changes.other_id,
        "parent": changes.moved,
        "from_default": changes.remapped,
        "to_plaid": changes.plaid,
        "reordered": changes.is_reordered,
    }
    lines.insert(0, f"from taxonomy {old.version} to {new.version}")
    say("\n".join(lines), {"before": old.version, "after": new.version, **changed}, as_json=as_json)


app.command(name="map")(map_)
app.command()(migrate)


def _labels(source: Path, reading: csv_options.Reading) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in read_csv(source, reading.columns, reading.written):
        if isinstance(row, Row) and row.category and row.category.strip():
            label = row.category.strip()
            counts[label] = counts.get(label, 0) + 1
    return counts


def _unmapped(taxonomy: Taxonomy) -> list[str]:
    return [name for name, own in taxonomy.from_default.items() if own is None]


def _unreached(taxonomy: Taxonomy) -> list[str]:
    """The categories that no default one leads to: only own rules and own labels name them."""
    reached = set(taxonomy.from_default.values())
    return [id_ for id_ in taxonomy.ids if id_ not in reached]


def _summary(taxonomy: Taxonomy) -> dict[str, object]:
    return {
        "version": taxonomy.version,
        "categories": taxonomy.ids,
        "from_default": dict(taxonomy.from_default),
        "unmapped": _unmapped(taxonomy),
        "only_own": _unreached(taxonomy),
        "to_plaid": dict(taxonomy.to_plaid),
    }


def _describe(taxonomy: Taxonomy) -> list[str]:
    of_default: dict[str, list[str]] = {}
    for name, own in taxonomy.from_default.items():
        if own is not None:
            of_default.setdefault(own, []).append(name)
    lines = [f"taxonomy {taxonomy.version}: {len(taxonomy.ids)} categories; no fault"]
    for category in taxonomy.categories:
        named = f" ({category.name})" if category.name != category.id else ""
        parent = f", part of {category.parent}" if category.parent else ""
        plaid = f", Plaid {taxonomy.to_plaid[category.id]}" if category.id in taxonomy.to_plaid else ""
        known = ", ".join(of_default.get(category.id, ())) or "no default category: own rules and labels only"
        lines.append(f"  {category.id}{named}: {known}{parent}{plaid}")
    if unmapped := _unmapped(taxonomy):
        lines.append(f"answered by nothing: {', '.join(unmapped)}")
    return lines

"""``ledgermind vocabulary``: makes schemas/crosswalks/brands.csv anew."""

import csv
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from ops.errors import OpsError
from ops.lexicon.build import IndexSection, build_brands, write_brands
from schemas.crosswalks.crosswalk import BRANDS_FILE, CROSSWALK_FOLDER, parse_brands
from schemas.taxonomy import Category

KNOWN_BRANDS_FILE: Final = CROSSWALK_FOLDER / "known_brands.csv"
OSM_FILE: Final = CROSSWALK_FOLDER / "osm.csv"

app = typer.Typer(no_args_is_help=True, add_completion=False)


class VocabularySourceError(OpsError):
    """The brand index or a crosswalk cannot be used."""


class _Index(msgspec.Struct):
    nsi: dict[str, IndexSection]


@app.callback()
def vocabulary() -> None:
    """Build the list of brand names."""


@app.command()
def build(
    index: Annotated[Path, typer.Argument(help="dist/json/nsi.json of the npm package name-suggestion-index.")],
    *,
    out: Annotated[Path, typer.Option(help="File to write.")] = BRANDS_FILE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write brands.csv from the brand index and known_brands.csv, with a category for each name.

    Get the index with `npm pack name-suggestion-index`; name its version in NOTICE.

    Example: ledgermind vocabulary build dist/json/nsi.json

    Exit codes: 0 written, 1 the index or a crosswalk cannot be used.
    """
    try:
        sections = msgspec.json.decode(index.read_bytes(), type=_Index).nsi
    except OSError as error:
        raise VocabularySourceError(f"{index} cannot be read: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise VocabularySourceError(f"{index} is no name-suggestion-index: {error}") from error
    tags = {
        row["osm_tag"]: Category(row["category"])
        for row in csv.DictReader(OSM_FILE.read_text(encoding="utf-8").splitlines())
        if row["category"]
    }
    known = parse_brands(KNOWN_BRANDS_FILE.read_text(encoding="utf-8").splitlines())
    brands = build_brands(sections, tag_categories=tags, known=known)
    out.write_text(write_brands(brands), encoding="utf-8")
    summary = {"rows": len(brands), "known": len(known), "file": str(out)}
    typer.echo(
        msgspec.json.encode(summary).decode()
        if as_json
        else f"{out.name}: {len(brands):,} rows, {len(known):,} of them chosen by hand"
    )

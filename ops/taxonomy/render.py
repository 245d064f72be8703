"""Render: a taxonomy as the commented YAML file that a person goes on with."""

from collections.abc import Iterator, Mapping
from typing import Final

import yaml

from schemas.taxonomy.definition import Taxonomy

HEADER: Final = """\
# The categories of this installation, in the order of the model's classes; docs/TAXONOMY.md explains each key.
# Check the file:           ledgermind taxonomy check {file}
# Propose `from_default`:   ledgermind taxonomy map {file} --labels past.csv
# Use it:                   ledgermind --taxonomy {file} up, or LEDGERMIND_TAXONOMY={file}
"""
VERSION: Final = "# Give every change of the categories another version: releases, rollouts and events name it.\n"
CATEGORIES: Final = """\
# id: what events, labels and rules carry; never reuse one for something else. name: what people read.
# includes, excludes: what belongs to it, and what looks alike but does not. parent: the id of a wider category.
"""
FROM_DEFAULT: Final = """\
# Which of yours each default category is: rules, brands and codes answer through it. Several may be one of yours; null
# means that nothing is answered in its place.
"""
TO_PLAID: Final = "# The primary category of Plaid's taxonomy that a category of this file is part of.\n"


def render_taxonomy(taxonomy: Taxonomy, *, file: str) -> str:
    """Return the text of a taxonomy file that is read to the same taxonomy."""
    parts = [HEADER.format(file=file), VERSION, f"version: {scalar(taxonomy.version)}\n", CATEGORIES, "categories:\n"]
    parts.extend(_categories(taxonomy))
    parts += [FROM_DEFAULT, "from_default:\n", mapping_lines(taxonomy.from_default)]
    if taxonomy.to_plaid:
        parts += [TO_PLAID, "to_plaid:\n", mapping_lines(taxonomy.to_plaid)]
    return "".join(parts)


def mapping_lines(values: Mapping[str, str | None]) -> str:
    """Return the lines of a mapping of texts, one below the other."""
    return "".join(
        f"  {scalar(name)}: {'null' if value is None else scalar(value)}\n" for name, value in values.items()
    )


def scalar(text: str) -> str:
    """Return a text as YAML has it on one line, quoted where it would be read as something else."""
    written: str = yaml.safe_dump(text, allow_unicode=True, width=10_000)
    return written.removesuffix("...\n").strip()


def _categories(taxonomy: Taxonomy) -> Iterator[str]:
    for category in taxonomy.categories:
        yield f"  - id: {scalar(category.id)}\n    name: {scalar(category.name)}\n"
        yield f"    includes: {scalar(category.includes)}\n"
        if category.excludes:
            yield f"    excludes: {scalar(category.excludes)}\n"
        if category.parent is not None:
            yield f"    parent: {scalar(category.parent)}\n"

"""Installed: the one taxonomy of this process from its start on: the file of LEDGERMIND_TAXONOMY, else the default."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from schemas.environment import taxonomy_variable
from schemas.taxonomy.definition import Taxonomy
from schemas.taxonomy.errors import TaxonomyError
from schemas.taxonomy.parse import parse_taxonomy

DEFAULT_FILE: Final = Path(__file__).parent / "default.yml"
MAX_BYTES: Final = 1_048_576


def read_taxonomy(path: Path) -> Taxonomy:
    """Return the taxonomy of a file; raises TaxonomyError for one that cannot be read or used."""
    return parse_taxonomy(_read(path), file=str(path), default=DEFAULT)


def _read(path: Path) -> str:
    try:
        is_other = path.exists() and not path.is_file()  # a pipe would never end
        content = b""
        if not is_other:
            with path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise TaxonomyError(str(path), [f"cannot be read: {error.strerror}: name a readable file"]) from error
    except ValueError as error:
        raise TaxonomyError(repr(str(path)), ["is no path of a file: name a readable file"]) from error
    if is_other:
        raise TaxonomyError(str(path), ["is no file: name a taxonomy file"])
    if len(content) > MAX_BYTES:
        raise TaxonomyError(str(path), [f"is larger than {MAX_BYTES:,} bytes: a taxonomy is some kilobytes"])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TaxonomyError(str(path), [f"is not UTF-8 at byte {error.start:,}: save it as UTF-8"]) from error


DEFAULT: Final = parse_taxonomy(_read(DEFAULT_FILE), file=DEFAULT_FILE.name, default=None)
DEFAULT_CATEGORIES: Final = DEFAULT.ids
DEFAULT_VERSION: Final = DEFAULT.version
TAXONOMY: Final = read_taxonomy(Path(own)) if (own := taxonomy_variable()) else DEFAULT
TAXONOMY_VERSION: Final = TAXONOMY.version

if TYPE_CHECKING:  # no module names a member: which there are, the taxonomy's file says

    class Category(StrEnum):
        """A spending category."""

else:
    # An own id may be no identifier, or the name of a method of str: its member is named by its place.
    _names = (
        re.sub(r"\W+", "_", id_).upper() if TAXONOMY is DEFAULT else f"C{place}"
        for place, id_ in enumerate(TAXONOMY.ids)
    )
    Category = StrEnum("Category", list(zip(_names, TAXONOMY.ids, strict=True)), module=__name__)
    Category.__doc__ = (
        "A spending category; the order is the model's class order and never changes within a major version."
    )

CATEGORIES: Final[tuple[Category, ...]] = tuple(Category)
DISPLAY_NAMES: Final[Mapping[Category, str]] = MappingProxyType(
    dict(zip(CATEGORIES, (one.name for one in TAXONOMY.categories), strict=True))
)


@dataclass(frozen=True, slots=True)
class CategoryDefinition:
    """One line on what a category holds, and one on what looks alike but belongs elsewhere."""

    category: Category
    includes: str
    excludes: str


CATEGORY_DEFINITIONS: Final = tuple(
    CategoryDefinition(Category(one.id), one.includes, one.excludes) for one in TAXONOMY.categories
)
_OF_DEFAULT: Final = {name: None if own is None else Category(own) for name, own in TAXONOMY.from_default.items()}


def of_default(name: str) -> Category | None:
    """Return this taxonomy's category for a default one, None where it has none; raises ValueError for no default."""
    try:
        return _OF_DEFAULT[name]
    except KeyError:
        raise ValueError(f"{name!r} is no default category") from None

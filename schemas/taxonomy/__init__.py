"""Taxonomy: the spending categories of this process, what each includes and what it does not.

A file describes them (``definition``), and a process has one from its start to its end (``installed``).
"""

from schemas.taxonomy.installed import (
    CATEGORIES,
    CATEGORY_DEFINITIONS,
    DEFAULT,
    DEFAULT_CATEGORIES,
    DEFAULT_VERSION,
    DISPLAY_NAMES,
    TAXONOMY,
    TAXONOMY_VERSION,
    Category,
    CategoryDefinition,
    of_default,
)

__all__ = [
    "CATEGORIES",
    "CATEGORY_DEFINITIONS",
    "DEFAULT",
    "DEFAULT_CATEGORIES",
    "DEFAULT_VERSION",
    "DISPLAY_NAMES",
    "TAXONOMY",
    "TAXONOMY_VERSION",
    "Category",
    "CategoryDefinition",
    "of_default",
]

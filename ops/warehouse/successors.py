"""Successors: what earlier taxonomies' categories are in this one, as noted by ``ledgermind taxonomy migrate``."""

from collections.abc import Mapping
from typing import Final

import psycopg

from ops.errors import OpsError
from ops.local.postgres import connect
from schemas.taxonomy import CATEGORIES, DEFAULT_CATEGORIES, TAXONOMY_VERSION

Successors = Mapping[str, str | None]
READ: Final = """
select from_category, to_category from raw.category_successors where to_version = %s order by from_category
"""
UNKNOWN_LABELS: Final = """
select label, count(*) from raw.transaction_labels where label <> all(%s) group by label order by 2 desc, 1
"""
SHOWN: Final = 5  # categories that a message names


class UnknownLabelsError(OpsError):
    """The warehouse holds labels of categories that this taxonomy has not."""


def read_successors(dsn: str, version: str = TAXONOMY_VERSION) -> Successors:
    """Return the successor of each category of earlier taxonomies, None where it has none; empty without the table."""
    try:
        with connect(dsn) as connection:
            return {str(name): own for name, own in connection.execute(READ, [version])}
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName, psycopg.errors.InsufficientPrivilege):
        return {}


def taxonomy_variables(successors: Successors) -> dict[str, object]:
    """Return dbt's vars for this process's taxonomy; none where they are the project's own: dbt would parse anew."""
    if not successors and tuple(CATEGORIES) == DEFAULT_CATEGORIES:
        return {}
    return {"taxonomy": [str(category) for category in CATEGORIES], "category_successors": dict(successors)}


def require_known_labels(dsn: str) -> None:
    """Raise UnknownLabelsError where a label's category is neither of this taxonomy nor noted as another's."""
    known = [*CATEGORIES, *read_successors(dsn)]
    with connect(dsn) as connection:
        found = [(str(label), int(count)) for label, count in connection.execute(UNKNOWN_LABELS, [known])]
    if found:
        raise UnknownLabelsError(
            f"raw.transaction_labels holds {sum(count for _, count in found):,} labels of {len(found)} categories that "
            f"taxonomy {TAXONOMY_VERSION} has not ({name_counts(found)}): run ledgermind taxonomy migrate"
        )


def name_counts(found: list[tuple[str, int]]) -> str:
    """Return the first categories with their counts, in words."""
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(f"{name} {count:,}" for name, count in found[:SHOWN]) + more

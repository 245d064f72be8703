"""Successors: what earlier taxonomies' categories are in this one, as noted by ``ledgermind taxonomy migrate``."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import psycopg
from psycopg.rows import TupleRow

from ops.errors import OpsError
from ops.local.postgres import connect
from ops.taxonomy.succession import Succession, chain, require_none_lost
from ops.warehouse.migrate import require_migrated
from schemas.taxonomy import CATEGORIES, DEFAULT_CATEGORIES, TAXONOMY_VERSION
from schemas.taxonomy.definition import Taxonomy

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
            return find_successors(connection, version)
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName, psycopg.errors.InsufficientPrivilege):
        return {}


def find_successors(connection: psycopg.Connection[TupleRow], version: str = TAXONOMY_VERSION) -> Successors:
    """Return the same in a transaction of a database that is migrated."""
    return {str(name): own for name, own in connection.execute(READ, [version])}


def taxonomy_variables(successors: Successors) -> dict[str, object]:
    """Return dbt's vars for this process's taxonomy; none where they are the project's own: dbt would parse anew."""
    if not successors and tuple(CATEGORIES) == DEFAULT_CATEGORIES:
        return {}
    return {"taxonomy": [str(category) for category in CATEGORIES], "category_successors": dict(successors)}


def require_known_labels(dsn: str, *, version: str = TAXONOMY_VERSION, categories: Sequence[str] = CATEGORIES) -> None:
    """Raise UnknownLabelsError where a label's category is neither of the taxonomy nor noted as another's."""
    known = [*categories, *read_successors(dsn, version)]
    with connect(dsn) as connection:
        found = [(str(label), int(count)) for label, count in connection.execute(UNKNOWN_LABELS, [known])]
    if found:
        raise UnknownLabelsError(
            "raw.transaction_labels holds labels of categories "
            f"that taxonomy {version} has not ({name_counts(found)}): "
            "if an earlier taxonomy has them, run ledgermind taxonomy migrate; "
            "else undo their import and import again with --category-map"
        )


def name_counts(found: list[tuple[str, int]]) -> str:
    """Return the first categories with their counts, in words."""
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(f"{name} {count:,}" for name, count in found[:SHOWN]) + more


def note_successors(
    dsn: str, old: Taxonomy, new: Taxonomy, succession: Succession, *, left_out: Iterable[str]
) -> Mapping[str, int]:
    """Note which category of the new taxonomy each earlier one is, and return the labels of each; all of it or nothing.

    What is noted for the old taxonomy goes on to the new one. Raises UsageError and LostLabelsError where labels would
    be lost, NotMigratedError without the table.
    """
    require_migrated(dsn)
    earlier = read_successors(dsn, old.version)
    with connect(dsn) as connection:
        rows = connection.execute("select label, count(*) from raw.transaction_labels group by label")
        counts = {str(label): int(count) for label, count in rows}
        moved = {name: count for name, count in counts.items() if name not in new.ids}
        named: Counter[str] = Counter()
        for name, count in moved.items():
            of_old = earlier.get(name, name)
            if of_old is not None:  # else it was left out before
                named[of_old] += count
        require_none_lost(named, succession, old=old, left_out=left_out)
        connection.execute("delete from raw.category_successors where to_version = %s", [new.version])
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into raw.category_successors (to_version, from_category, to_category, from_version) "
                "values (%s, %s, %s, %s)",
                [(new.version, name, own, old.version) for name, own in chain(earlier, succession, new=new).items()],
            )
    return named

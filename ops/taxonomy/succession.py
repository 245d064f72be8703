"""Succession: which category of a new taxonomy each category of an old one is, and which labels would be lost."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ops.errors import UsageError
from schemas.taxonomy.definition import Taxonomy


class LostLabelsError(UsageError):
    """Labels would be left out that nobody said may be."""


@dataclass(frozen=True, slots=True)
class Succession:
    """The new id by the old one, None where there is none, and how each was found."""

    successors: Mapping[str, str | None]
    by: Mapping[str, str]


def find_succession(
    old: Taxonomy, new: Taxonomy, *, given: Mapping[str, str | None] = MappingProxyType({})
) -> Succession:
    """Return each old category's successor: what is ``given``, else that of its id, its name, or its defaults.

    An old category whose default categories are several of the new taxonomy has none, unless it is given. Raises
    UsageError for a category that is given and not there.
    """
    for name, successor in given.items():
        if name not in old.ids:
            raise UsageError(f"{name!r} is no category of taxonomy {old.version}")
        if name in new.ids and name != successor:  # no label says of which taxonomy it is
            raise UsageError(f"{name!r} is a category of taxonomy {new.version}, too: its labels stay what they are")
        if successor is not None and successor not in new.ids:
            raise UsageError(f"{successor!r} is no category of taxonomy {new.version}")
    found: dict[str, str | None] = {}
    by: dict[str, str] = {}
    for category in old.categories:
        found[category.id], by[category.id] = _successor(category.id, category.name, old, new, given)
    return Succession(MappingProxyType(found), MappingProxyType(by))


def _successor(
    id_: str, name: str, old: Taxonomy, new: Taxonomy, given: Mapping[str, str | None]
) -> tuple[str | None, str]:
    if id_ in given:
        return given[id_], "given"
    if id_ in new.ids:
        return id_, "same id"
    if (by_name := next((one.id for one in new.categories if one.name == name), None)) is not None:
        return by_name, "same name"
    through = {new.from_default.get(default) for default, own in old.from_default.items() if own == id_}
    if len(through) == 1:
        only = through.pop()
        return only, "default categories" if only else "its default categories are none of the new taxonomy"
    if through:
        several = ", ".join(sorted(name or "none" for name in through))
        return None, f"its default categories are several of the new taxonomy: {several}"
    return None, "no default category is mapped to it"


def require_none_lost(
    counts: Mapping[str, int], succession: Succession, *, old: Taxonomy, left_out: Iterable[str]
) -> None:
    """Raise UsageError for labels of no category of the old taxonomy, LostLabelsError for such that would be lost."""
    if unknown := [name for name in counts if name not in old.ids]:
        said = ", ".join(f"{name} {counts[name]:,}" for name in unknown[:5])
        raise UsageError(f"{len(unknown)} names are no category of taxonomy {old.version}: {said}; nothing was done")
    allowed = set(left_out)
    lost = [name for name in counts if succession.successors[name] is None and name not in allowed]
    if lost:
        said = "; ".join(f"{name} {counts[name]:,} labels ({succession.by[name]})" for name in lost[:10])
        raise LostLabelsError(
            f"{sum(counts[name] for name in lost):,} labels of {len(lost)} categories would be lost: {said}: "
            "give each --to OLD=NEW, or --leave-out OLD; nothing was done"
        )


def chain(earlier: Mapping[str, str | None], succession: Succession, *, new: Taxonomy) -> dict[str, str | None]:
    """Return the successors of every category that the new taxonomy has not: of the old one, and of those before it.

    ``earlier`` are the successors in the old taxonomy of what was before it.
    """
    through = {name: None if own is None else succession.successors.get(own) for name, own in earlier.items()}
    return {name: own for name, own in (through | dict(succession.successors)).items() if name not in new.ids}

"""Changes: what is another in one taxonomy than in another."""

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.taxonomy.definition import Taxonomy

Change = tuple[str, str | None, str | None]  # of what, before, after


@dataclass(frozen=True, slots=True)
class TaxonomyChanges:
    """The differences of two taxonomies; ``renamed`` has new names of an id, ``other_id`` new ids of a name."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: tuple[Change, ...]
    other_id: tuple[Change, ...]
    moved: tuple[Change, ...]
    remapped: tuple[Change, ...]
    plaid: tuple[Change, ...]
    is_reordered: bool
    keeps_version: bool

    @property
    def is_none(self) -> bool:
        """Whether models, rules and events are the same under both."""
        return not any((self.added, self.removed, self.renamed, self.moved, self.remapped, self.plaid)) and (
            not self.is_reordered
        )


def find_changes(before: Taxonomy, after: Taxonomy) -> TaxonomyChanges:
    """Return what changes from one taxonomy to the next."""
    old = {category.id: category for category in before.categories}
    new = {category.id: category for category in after.categories}
    both = [id_ for id_ in old if id_ in new]
    by_name = {category.name: category.id for category in after.categories if category.id not in old}
    return TaxonomyChanges(
        added=tuple(id_ for id_ in new if id_ not in old),
        removed=tuple(id_ for id_ in old if id_ not in new),
        renamed=tuple((id_, old[id_].name, new[id_].name) for id_ in both if old[id_].name != new[id_].name),
        other_id=tuple(
            (one.name, id_, by_name[one.name]) for id_, one in old.items() if id_ not in new and one.name in by_name
        ),
        moved=tuple((id_, old[id_].parent, new[id_].parent) for id_ in both if old[id_].parent != new[id_].parent),
        remapped=tuple(
            (name, before.from_default[name], after.from_default.get(name))
            for name in before.from_default
            if before.from_default[name] != after.from_default.get(name)
        ),
        plaid=tuple(
            (id_, before.to_plaid.get(id_), after.to_plaid.get(id_))
            for id_ in both
            if before.to_plaid.get(id_) != after.to_plaid.get(id_)
        ),
        is_reordered=both != [id_ for id_ in new if id_ in old],
        keeps_version=before.version == after.version,
    )


def describe_changes(changes: TaxonomyChanges) -> Iterator[str]:
    """Yield one line for each difference."""
    for what, ids in (("added", changes.added), ("removed", changes.removed)):
        yield from (f"{what}: {id_}" for id_ in ids)
    for what, several in (
        ("renamed", changes.renamed),
        ("id of the same name", changes.other_id),
        ("parent", changes.moved),
        ("from_default", changes.remapped),
        ("to_plaid", changes.plaid),
    ):
        yield from (f"{what}: {name}: {old or 'nothing'} -> {new or 'nothing'}" for name, old, new in several)
    if changes.is_reordered:
        yield "order: the categories that both have stand in another order, which is the order of the model's classes"
    if changes.keeps_version and not changes.is_none:
        yield "version: both have the same: give the later taxonomy another one"

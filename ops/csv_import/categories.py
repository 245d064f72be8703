"""Categories: another program's names of categories, in ours."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from ops.errors import OpsError
from schemas.taxonomy import CATEGORIES, DISPLAY_NAMES, Category

# By id and by display name: no name is the id of another category.
_OURS: Final = {text.casefold(): category for category in CATEGORIES for text in (DISPLAY_NAMES[category], category)}


class CategoryMapError(OpsError):
    """The map names a category that the taxonomy does not have."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class CategoryMap:
    """Ours by the foreign name; a name that is ours already needs no entry, None says that it is no label."""

    ours: Mapping[str, Category | None]

    @classmethod
    def parse(cls, text: str) -> "CategoryMap":
        """Read ``Food=Groceries,Eating out=Dining,Misc=``; raises CategoryMapError for what is no category."""
        names: dict[str, str] = {}
        for part in next(csv.reader([text], skipinitialspace=True), []):
            foreign, equals, name = part.partition("=")
            if not part.strip():
                continue
            if not equals:
                raise CategoryMapError(
                    f"--category-map: {part!r} has no '=' and is no file: write Theirs=Ours, as in Food=Groceries"
                )
            names[foreign] = name
        return cls.of(names)

    @classmethod
    def of(cls, names: Mapping[str, str]) -> "CategoryMap":
        """Return the map of our names by theirs, an empty one for no label; raises CategoryMapError."""
        ours: dict[str, Category | None] = {}
        for foreign, name in names.items():
            category = _OURS.get(name.strip().casefold())
            if category is None and name.strip():
                close = get_close_matches(name.strip(), CATEGORIES, n=1)
                meant = f": did you mean '{close[0]}'?" if close else f": there are {', '.join(CATEGORIES)}"
                raise CategoryMapError(f"--category-map: there is no category {name.strip()!r}{meant}")
            ours[foreign.strip().casefold()] = category
        return cls(ours)

    def over(self, other: "CategoryMap") -> "CategoryMap":
        """Return this map and, for names that it does not hold, the other one."""
        return CategoryMap({**other.ours, **self.ours})

    def find(self, name: str) -> Category | None:
        """Return our category, or None where the map says that the name is no label; raises KeyError for others."""
        folded = name.casefold()
        return self.ours[folded] if folded in self.ours else _OURS[folded]

    def knows(self, name: str) -> bool:
        """Return whether ``find`` has an answer for a name."""
        return name.casefold() in self.ours or name.casefold() in _OURS

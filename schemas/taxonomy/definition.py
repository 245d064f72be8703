"""Definition: one taxonomy as a value, and what bounds it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MIN_CATEGORIES: Final = 2
MAX_CATEGORIES: Final = 200
MAX_CHARACTERS: Final = 64  # of an id, a name and a version
MAX_NOTE: Final = 1_000  # of what a category includes and excludes
NOTHING: Final = "nothing"  # what a rule file's example expects where no rule may answer
EVERY: Final = "all"  # what an option names in place of each category
SILENT: Final = "silent"  # what a page shows where nobody answers
PLAID_PRIMARIES: Final = frozenset(
    {
        "INCOME", "TRANSFER_IN", "TRANSFER_OUT", "LOAN_PAYMENTS", "BANK_FEES", "ENTERTAINMENT", "FOOD_AND_DRINK",
        "GENERAL_MERCHANDISE", "HOME_IMPROVEMENT", "MEDICAL", "PERSONAL_CARE", "GENERAL_SERVICES",
        "GOVERNMENT_AND_NON_PROFIT", "TRANSPORTATION", "TRAVEL", "RENT_AND_UTILITIES",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CategoryText:
    """One category as its file describes it; events carry the ``id``, people read the ``name``."""

    id: str
    name: str
    includes: str
    excludes: str = ""
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The categories in the model's class order, and where the default ones and Plaid's are among them."""

    version: str
    categories: tuple[CategoryText, ...]
    from_default: Mapping[str, str | None]  # own id by default category; None: there is none
    to_plaid: Mapping[str, str]  # Plaid's primary category by own id

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids, in the model's class order."""
        return tuple(category.id for category in self.categories)

    @property
    def fingerprint(self) -> str:
        """A SHA-256 of all that it says, for versions that change with any of it."""
        listed = [(one.id, one.name, one.includes, one.excludes, one.parent) for one in self.categories]
        said = (self.version, listed, sorted(self.from_default.items()), sorted(self.to_plaid.items()))
        return hashlib.sha256(repr(said).encode()).hexdigest()

    def find(self, text: str) -> str | None:
        """Return the id that is, or whose category is named, ``text``; None where there is none."""
        by_id = next((category.id for category in self.categories if category.id == text), None)
        return by_id or next((category.id for category in self.categories if category.name == text), None)

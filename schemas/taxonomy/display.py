"""Display: what people read of a category; programs read its id."""

from typing import Final

from schemas.taxonomy.installed import TAXONOMY

_NAMES: Final = {category.id: category.name for category in TAXONOMY.categories}


def category_name(category: str) -> str:
    """Return a category's display name; of a category of another taxonomy its id."""
    return _NAMES.get(category, str(category))


def name_and_id(category: str) -> str:
    """Return the display name, and the id behind it where that is another: options and rules take the id."""
    name = category_name(category)
    return name if name == category else f"{name} ({category})"

"""Ask: a person at a terminal is asked for the category of one transaction after the other.

What the rules and the model say is not shown: a label that follows a suggestion is no independent evidence of it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from ops.labels.next_labels import UnlabelledMerchant
from schemas.taxonomy import CATEGORIES, DISPLAY_NAMES, Category

LIST: Final = "?"
END: Final = "q"
QUESTION: Final = f"Category (its first letters; {LIST} lists them, Enter skips, {END} ends): "


def ask_each(
    merchants: Sequence[UnlabelledMerchant], *, read: Callable[[str], str], show: Callable[[str], None]
) -> Iterator[tuple[UnlabelledMerchant, Category]]:
    """Yield each merchant that gets a category, as soon as it does; a word that names no single one is asked again."""
    for number, one in enumerate(merchants, start=1):
        newest = one.newest
        show(
            f"\n{number} of {len(merchants)}: {newest.description!r}, {newest.amount} {newest.currency},"
            f" {newest.compared_at:%Y-%m-%d}; {one.transactions:,} transactions of {one.users:,} users"
        )
        while (word := read(QUESTION).strip()).casefold() != END:
            if not word:
                break
            found = categories_named(word)
            if len(found) == 1:
                yield one, found[0]
                break
            names = ", ".join(DISPLAY_NAMES[category] for category in found or CATEGORIES)
            show(names if word == LIST else f"{'several begin' if found else 'none begins'} with it: {names}")
        else:
            return


def categories_named(word: str) -> tuple[Category, ...]:
    """Return the category of this name or id, else those whose name or id begins so, in any case."""
    folded = word.casefold()
    texts = {category: (DISPLAY_NAMES[category].casefold(), category.casefold()) for category in CATEGORIES}
    begins = tuple(category for category, both in texts.items() if any(one.startswith(folded) for one in both))
    return tuple(category for category in begins if folded in texts[category]) or begins

"""Row ids: names for rows whose bank gives none, the same in every export that holds them."""

from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import Final

# Part of each id. How a text is folded here never changes under one version: ids of earlier imports are kept.
VERSION: Final = "1"


@dataclass(slots=True)
class RowIds:
    """Numbers equal rows of one file: two coffees of one day are two, the same export twice is one."""

    _seen: dict[bytes, int] = field(default_factory=dict)

    def name(self, *, user_id: str, account_id: str, day: date, amount: str, currency: str, description: str) -> str:
        """Return an id made of user, account, day, amount, currency, text, and how many such rows came before."""
        exact = amount.rstrip("0").rstrip(".") if amount[-1] == "0" and "." in amount else amount
        folded = " ".join(description.casefold().split())
        content = f"{VERSION}\0{user_id}\0{account_id}\0{day.isoformat()}\0{exact}\0{currency}\0{folded}"
        digest = blake2b(content.encode("utf-8", "surrogatepass"), digest_size=12).digest()
        self._seen[digest] = occurrence = self._seen.get(digest, 0) + 1
        return f"row-{digest.hex()}-{occurrence}"

"""Texts: what the formats of banks have in common about the texts of a transaction and of a refusal."""

from typing import Final

WRONG_BALANCE: Final = (
    "opening balance and transactions do not come to the closing balance that stands here: transactions are missing "
    "or misread; fetch the file again, or give --skip-refused"
)


def joined(texts: list[str]) -> str:
    """Return texts one behind the other, without those that another one begins with or repeats."""
    kept: list[str] = []
    for text in (" ".join(text.split()) for text in texts):
        if text and not any(other.casefold().startswith(text.casefold()) for other in kept):
            kept = [other for other in kept if not text.casefold().startswith(other.casefold())]
            kept.append(text)
    return " ".join(kept)

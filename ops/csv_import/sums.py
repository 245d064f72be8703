"""Sums: the amount of a row out of one column, two columns, or one column beside another that says the direction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ops.csv_import.amount import AmountError, DecimalMark, Money, read_money
from ops.csv_import.columns import SPLIT
from ops.csv_import.money_words import DIRECTIONS, CurrencyMark
from ops.errors import OpsError

MONEY_FIELDS: Final = ("amount", *SPLIT)


class DirectionError(OpsError):
    """The words for the two directions make no sense, or options about signs do not go together."""

    exit_code = 2


def parse_directions(text: str) -> Mapping[str, bool]:
    """Read ``Borç=out,Alacak=in`` as whether each word means money going out; raises DirectionError."""
    words: dict[str, bool] = {}
    for part in text.split(","):
        word, _, way = (piece.strip() for piece in part.partition("="))
        if not part.strip():
            continue
        if way not in {"out", "in"} or not word:
            raise DirectionError(f"--direction-words: {part.strip()!r} is none: write Word=out or Word=in")
        words[word.casefold()] = way == "out"
    return words


@dataclass(frozen=True, slots=True)
class SumReader:
    """How the amounts of one file are read; ``outflow_is_negative`` is how its money out is written, where it has one.

    A file writes its money out with a minus or without one, never both: the other is refused.
    """

    places: Mapping[str, int]
    decimal: DecimalMark | None
    flip_sign: bool
    directions: Mapping[str, bool]
    outflow_is_negative: bool | None = None

    def read(self, cells: Sequence[str]) -> Money:
        """Return the amount of a row, outflow negative; raises AmountError."""
        if "amount" in self.places:
            money = read_money(cells[self.places["amount"]], self.decimal)
            if "direction" in self.places:
                return self._directed(money, cells[self.places["direction"]])
            return Money(turned(money.amount), money.currency, money.says_sign) if self.flip_sign else money
        return self._split(cells)

    def _split(self, cells: Sequence[str]) -> Money:
        filled = []
        for field in SPLIT:
            place = self.places.get(field)
            text = cells[place] if place is not None and place < len(cells) else ""
            if not text.strip() or text.strip() in {"-", "\u2013", "\u2014"}:
                continue
            try:
                filled.append((field, read_money(text, self.decimal)))
            except AmountError as error:
                raise AmountError(str(error).replace("amount", field, 1)) from None
        moved = [(field, money) for field, money in filled if money.amount.strip("-0.")] or filled[:1]
        if not moved:
            raise AmountError(f"{' and '.join(field for field in SPLIT if field in self.places)}: is empty")
        if len(moved) > 1:
            raise AmountError("amount_out and amount_in: both hold an amount")
        field, money = moved[0]
        if field == "amount_out":
            return self._outflow(money, field)
        if money.amount.startswith("-"):
            raise AmountError("amount_in: is negative, so it may be money going out")
        return money

    def _directed(self, money: Money, word: str) -> Money:
        is_out = self.is_outflow(word)
        if is_out:
            return self._outflow(money, "amount")
        if money.amount.startswith("-"):
            raise AmountError("amount: is negative, and the direction says money coming in")
        return money

    def _outflow(self, money: Money, field: str) -> Money:
        if not money.amount.strip("-0."):
            return money
        is_negative = money.amount.startswith("-")
        if self.outflow_is_negative is not None and is_negative != self.outflow_is_negative:
            written = "with a minus" if self.outflow_is_negative else "without a minus"
            raise AmountError(f"{field}: the file writes money going out {written}, this row does not")
        return money if is_negative else Money(turned(money.amount), money.currency, money.says_sign)

    def is_outflow(self, word: str) -> bool:
        """Return whether a word of the direction column means money going out; raises AmountError."""
        folded = word.strip().casefold()
        known = self.directions.get(folded, DIRECTIONS.get(folded))
        if known is None:
            raise AmountError(
                "direction: is empty"
                if not folded
                else "direction: is no known word; give --direction-words THEIRS=out,THEIRS=in, "
                "or leave the column out with --map direction="
            )
        return known


def outflow_sign(reader: SumReader, rows: Sequence[Sequence[str]]) -> bool | None:
    """Return whether the first money out of ``rows`` is written with a minus; None where none is told as such."""
    for cells in rows:
        try:
            if "direction" in reader.places and "amount" in reader.places:
                if not reader.is_outflow(cells[reader.places["direction"]]):
                    continue
                amount = read_money(cells[reader.places["amount"]], reader.decimal).amount
            elif "amount_out" in reader.places:
                amount = read_money(cells[reader.places["amount_out"]], reader.decimal).amount
            else:
                return None
        except (AmountError, IndexError):
            continue  # refused with its line when it is read
        if amount.strip("-0."):
            return amount.startswith("-")
    return None


def turned(amount: str) -> str:
    """Return an amount with its sign turned; nothing is neither."""
    if not amount.strip("-0."):
        return amount
    return amount[1:] if amount.startswith("-") else f"-{amount}"


def settle_currency(mark: CurrencyMark | None, *, said: str | None, by: str) -> str | None:
    """Return the currency of a row out of what its amount's cell shows and what ``by`` says of it.

    Raises ValueError where the two cannot both be true.
    """
    if mark is None:
        return said
    if said is None:
        return mark.alone
    if said not in mark.possible:
        raise ValueError(f"amount: is written in another currency than {by} says")
    return said

"""CSV amount: the many ways files write money, read into a decimal string or refused."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from ops.csv_import.money_words import IN_WORDS, MARKS, OUT_WORDS, CurrencyMark
from ops.errors import OpsError


class DecimalMark(StrEnum):
    """What separates units from cents; the other one may group thousands."""

    POINT = "point"
    COMMA = "comma"


class AmbiguousAmountsError(OpsError):
    """The amounts of a file can be read in two ways, and nothing in it decides."""

    exit_code = 2


class AmountError(ValueError):
    """One amount cannot be read; the message never holds the amount."""


class Money(NamedTuple):
    """One amount as a decimal string, negative where its cell says so, and what stood beside it.

    ``says_sign`` is True where the cell itself said which way the money goes, by a sign, brackets or a word.
    """

    amount: str
    currency: CurrencyMark | None = None
    says_sign: bool = False


@dataclass(frozen=True, slots=True)
class _Parts:
    """The digits of a cell with their separators, and what stood before and after them."""

    is_negative: bool
    says_sign: bool
    currency: CurrencyMark | None
    body: str


LONGEST_CELL: Final = 4_096  # blanks included: what is longer is no padded amount
LONGEST_AMOUNT: Final = 64
_MINUS: Final = "-\u2212\u2013\u2010\u2011\ufe63\uff0d"
_AFFIX: Final = re.compile(rf"[{re.escape(_MINUS)}+()]|[^\s{re.escape(_MINUS)}+()]+")
_DIGIT: Final = re.compile("[0-9]")
_SPACED: Final = re.compile(r"[0-9]{1,3}(?:[\s'\u2019][0-9]{3})+(?:[.,][0-9]*)?").fullmatch
_SIMPLE: Final = re.compile(r"(-?)([1-9][0-9]*|0)(\.[0-9]+)?").fullmatch
_PLAIN: Final = re.compile(r"[0-9]*(?:\.[0-9]+)?").fullmatch
# Thousands, and the lakhs and crores of India.
_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:,[0-9]{2})*(?:,[0-9]{3})+(?:\.[0-9]+)?").fullmatch
# Marks of writing from right to left, which change nothing of a number.
_UNSEEN: Final = dict.fromkeys((0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_SWAPPED: Final = str.maketrans(".,", ",.")


def read_amount(text: str, mark: DecimalMark | None) -> str:
    """Return ``text`` as a decimal string, outflow negative; see ``read_money``."""
    return read_money(text, mark).amount


def read_money(text: str, mark: DecimalMark | None) -> Money:
    """Return the amount of a cell, outflow negative, and the currency that the cell names.

    Understood: a sign before or after, brackets, Dr and Cr, the currency signs and codes of ``money_words``, grouped
    thousands and lakhs. Any other word is refused, and so is a cell of more than 64 characters without its blanks. A
    mark of None reads whole numbers only. Raises AmountError.
    """
    if mark is DecimalMark.POINT and len(text) <= LONGEST_AMOUNT and (simple := _SIMPLE(text)) is not None:
        is_negative = simple[1] == "-"
        return Money(text[1:] if is_negative and not text.strip("-0.") else text, None, is_negative)
    parts = _take_apart(text)
    body = parts.body
    if mark is None and not body.isdigit():
        raise AmountError("amount: its comma or point has two readings; give --decimal point or comma")
    if mark is DecimalMark.COMMA:
        body = body.translate(_SWAPPED)
    if _GROUPED(body):
        body = body.replace(",", "")
    elif not _PLAIN(body):
        raise AmountError(f"amount: is not a number with a decimal {mark or DecimalMark.POINT}")
    units, _, cents = body.partition(".")
    digits = (units.lstrip("0") or "0") + (f".{cents}" if cents else "")
    amount = f"-{digits}" if parts.is_negative and digits.strip("0.") else digits
    return Money(amount, parts.currency, parts.says_sign)


def detect_mark(texts: Iterable[tuple[int, str]]) -> DecimalMark | None:
    """Return the decimal mark that the amounts show, by line; None where all are whole numbers.

    Raises AmbiguousAmountsError where lines contradict each other, or where every separator could be either.
    """
    first: dict[DecimalMark | None, int] = {}
    for line, text in texts:
        try:
            body = _take_apart(text).body
        except AmountError:
            continue  # refused with its line when it is read
        if not body.isdigit():
            first.setdefault(_evidence(body), line)
    shown = [mark for mark in DecimalMark if mark in first]
    if len(shown) > 1:
        raise AmbiguousAmountsError(
            f"amounts are written with a decimal point on line {first[DecimalMark.POINT]} and with a decimal "
            f"comma on line {first[DecimalMark.COMMA]}: give --decimal point or --decimal comma"
        )
    if not shown and None in first:
        raise AmbiguousAmountsError(
            f"the amount on line {first[None]} may mean thousands or thousandths: "
            "give --decimal point or --decimal comma"
        )
    return shown[0] if shown else None


def _take_apart(text: str) -> _Parts:
    """Part a cell into its digits and what stands around them; each character is looked at a bounded number of times.

    Raises AmountError.
    """
    if len(text) > LONGEST_CELL:
        raise AmountError(f"amount: is longer than {LONGEST_CELL} characters")
    if not text.isascii():
        text = text.translate(_UNSEEN)
    shown = " ".join(text.split()).upper() if len(text) > LONGEST_AMOUNT else text.strip().upper()
    if not shown:
        raise AmountError("amount: is empty")
    if len(shown) > LONGEST_AMOUNT:
        raise AmountError(f"amount: is longer than {LONGEST_AMOUNT} characters")
    digit = _DIGIT.search(shown)
    if digit is None:
        raise AmountError("amount: is not a number")
    start, end = digit.start(), len(shown)
    while not "0" <= shown[end - 1] <= "9":
        end -= 1
    if start and shown[start - 1] in ".," and not shown[max(start - 2, 0)].isalpha() and shown[start - 2] != "/":
        start -= 1  # .50, but not the point of Rs.50 or S/.50
    before, after = _AFFIX.findall(shown[:start]), _AFFIX.findall(shown[end:])
    if any(len(word) == 1 and (word in OUT_WORDS or word in IN_WORDS) for word in before):
        raise AmountError("amount: is not a number")  # a letter says the direction behind a number only
    return _weigh(before, after, _digits(shown[start:end]))


def _weigh(before: list[str], after: list[str], body: str) -> _Parts:
    """Return what the words before and after a number say of it; raises AmountError where they contradict."""
    brackets = [word for word in (*before, *after) if word in {"(", ")"}]
    if brackets and (brackets != ["(", ")"] or "(" not in before or ")" not in after):
        raise AmountError("amount: is not a number")
    signs = [word for word in (*before, *after) if word in _MINUS or word == "+"]
    words = [word for word in (*before, *after) if word not in brackets and word not in signs]
    ways = ["-"] * (len(brackets) // 2)
    currency: CurrencyMark | None = None
    for word in words:
        if word in OUT_WORDS or word in IN_WORDS:
            ways.append("-" if word in OUT_WORDS else "+")
        elif word in MARKS and currency is None:
            currency = MARKS[word]
        elif word in MARKS and currency is not None and currency.possible & MARKS[word].possible:
            currency = min(currency, MARKS[word], key=lambda mark: len(mark.possible))  # $12.00 USD
        else:
            raise AmountError("amount: is not a number")
    ways += ["+" if sign == "+" else "-" for sign in signs]
    if len(signs) > 1 or ways.count("-") > 1 or {"+", "-"} <= set(ways):
        raise AmountError("amount: has two signs")
    return _Parts("-" in ways, bool(ways), currency, body)


def _digits(body: str) -> str:
    """Return digits, points and commas of a number, without the blanks and apostrophes that group thousands."""
    if body.replace(".", "").replace(",", "").isdecimal() and body.isascii():
        return body
    if not _SPACED(body):
        raise AmountError("amount: is not a number" if _other_than_digits(body) else _NOT_GROUPED)
    return re.sub(r"[\s'\u2019]", "", body)


_NOT_GROUPED: Final = "amount: its digits are not grouped by thousands"
_other_than_digits: Final = re.compile(r"[^0-9.,'\u2019\s]").search


def _evidence(body: str) -> DecimalMark | None:
    """Return which mark is the decimal one, or None where it could be either."""
    points, commas = body.count("."), body.count(",")
    if points and commas:
        return DecimalMark.POINT if body.rindex(".") > body.rindex(",") else DecimalMark.COMMA
    used, other = (DecimalMark.POINT, DecimalMark.COMMA) if points else (DecimalMark.COMMA, DecimalMark.POINT)
    if points + commas > 1:
        return other  # one mark more than once groups thousands
    units, _, decimals = body.replace(",", ".").partition(".")
    if len(decimals) != 3 or len(units) > 3 or units in {"", "0"}:
        return used
    return None

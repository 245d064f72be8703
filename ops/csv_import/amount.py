"""CSV amount: the many ways files write money, read into a decimal string or refused."""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

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


_SIGN: Final = "[-+\u2212\u2013]"
_PARTS: Final = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>{_SIGN})?\s*(?:[A-Z]{{3}}|R|[$\u00a3\u20ac\u00a5])?\s*(?P<inner>{_SIGN})?\s*"
    r"(?P<body>[0-9.,'\u2019\s]*[0-9][0-9.,'\u2019\s]*?)"
    rf"\s*(?:[$\u00a3\u20ac\u00a5])?\s*(?P<after>{_SIGN})?\s*(?P<close>\))?\s*(?P<word>CR|DR|[A-Z]{{3}})?"
).fullmatch
_SPACED: Final = re.compile(r"[0-9]{1,3}(?:[\s'\u2019][0-9]{3})+(?:[.,][0-9]*)?").fullmatch
_PLAIN: Final = re.compile(r"[0-9]*(?:\.[0-9]+)?").fullmatch
# Thousands, and the lakhs and crores of India.
_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:,[0-9]{2})*(?:,[0-9]{3})+(?:\.[0-9]+)?").fullmatch
_SWAPPED: Final = str.maketrans(".,", ",.")


def read_amount(text: str, mark: DecimalMark | None) -> str:
    """Return ``text`` as a decimal string, outflow negative.

    Understood: a leading or trailing sign, brackets and DR for negative, CR, currency signs and codes,
    grouped thousands. A mark of None reads whole numbers only. Raises AmountError.
    """
    is_negative, body = _take_apart(text)
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
    return f"-{digits}" if is_negative and digits.strip("0.") else digits


def detect_mark(texts: Iterable[tuple[int, str]]) -> DecimalMark | None:
    """Return the decimal mark that the amounts show, by line; None where all are whole numbers.

    Raises AmbiguousAmountsError where lines contradict each other, or where every separator could be either.
    """
    first: dict[DecimalMark | None, int] = {}
    for line, text in texts:
        try:
            _, body = _take_apart(text)
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


def _take_apart(text: str) -> tuple[bool, str]:
    """Return whether the amount is negative, and its digits with their separators."""
    match = _PARTS(text.strip().upper())
    if match is None or (match["open"] is None) != (match["close"] is None):
        raise AmountError("amount: is empty" if not text.strip() else "amount: is not a number")
    signs = [sign for sign in (match["sign"], match["inner"], match["after"]) if sign]
    says_negative = [bool(match["open"]), match["word"] == "DR", any(sign != "+" for sign in signs)]
    if len(signs) > 1 or sum(says_negative) > 1 or (match["word"] == "CR" and any(says_negative)):
        raise AmountError("amount: has two signs")
    body = match["body"].strip()
    if not body.replace(".", "").replace(",", "").isdigit():
        if not _SPACED(body):
            raise AmountError("amount: its digits are not grouped by thousands")
        body = re.sub(r"[\s'\u2019]", "", body)
    return any(says_negative), body


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

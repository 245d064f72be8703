"""Money: functions that read an amount from the digits that it was written with; no float is made of them."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from msgspec import Raw

from streams.process.input_mapping.fault import UnreadableError, invalid, missing, wrong_type
from streams.process.input_mapping.record_type import Values
from streams.process.input_mapping.spec import MoneySpec, SignSpec
from streams.process.input_mapping.texts import scalar_text

ReadAmount = Callable[[Values, str], str]
ReadSign = Callable[[Values], bool]  # whether positive is money out
MAX_DIGITS: Final = 18
MAX_DECIMALS: Final = 8
_TARGET: Final = "amount"
_DECIMAL: Final = re.compile(r'"?([+-]?)([0-9]{1,18}(?:\.[0-9]{1,8})?)"?').fullmatch
_WHOLE: Final = re.compile(r'"?([+-]?)([0-9]{1,18})"?').fullmatch


def amount_reader(spec: MoneySpec, index: Mapping[str, int]) -> ReadAmount:
    """Return what reads the amount, outflow negative, of the values at the paths and the currency."""
    place, path = index[spec.source.text], spec.source.text
    sign = _sign_reader(spec.sign, index)
    is_unsigned, units = spec.sign.is_unsigned, spec.minor_units
    minus_is_out, is_plain = not spec.sign.positive_is_out, units is None and spec.sign.source is None

    def read(values: Values, currency: str) -> str:
        raw = str(values[place], "utf-8")
        if is_plain and (match := _DECIMAL(raw)) is not None:  # what most records are, ahead of all questions
            mark, digits = match.groups()
            return f"-{digits}" if (mark == "-") == minus_is_out and digits.strip("0.") else digits
        if units is None:
            match = _DECIMAL(raw) or _DECIMAL(_without_exponent(raw, path))
            if match is None:
                raise _fault(raw, path, "is not a decimal of at most 18 digits before and 8 after the point")
            digits = match[2]
        else:
            match = _WHOLE(raw)
            if match is None:
                raise _fault(raw, path, "is not a whole number of minor units")
            digits = _major(match[2], currency, units, path)
        is_negative = match[1] == "-"
        if is_negative and is_unsigned:
            raise invalid(path, "has a sign beside a field that says the direction", _TARGET)
        is_out = is_negative != sign(values)
        return f"-{digits}" if is_out and digits.strip("0.") else digits

    return read


def _sign_reader(spec: SignSpec, index: Mapping[str, int]) -> ReadSign:
    if spec.source is None:
        always = spec.positive_is_out
        return lambda values: always
    path, place = spec.source.text, index[spec.source.text]
    known = dict.fromkeys(spec.out, True) | dict.fromkeys(spec.into, False)

    def read(values: Values) -> bool:
        try:
            text = scalar_text(values[place])
        except TypeError:
            raise wrong_type(path, _TARGET) from None
        if text is None:
            raise missing(path, _TARGET)
        is_out = known.get(text)
        if is_out is None:
            raise invalid(path, "says neither out nor in", _TARGET)
        return is_out

    return read


def _major(digits: str, currency: str, units: Mapping[str, int] | int, path: str) -> str:
    exponent = units if isinstance(units, int) else units.get(currency)
    if exponent is None:
        raise invalid(path, "is in a currency whose minor units the mapping does not give", _TARGET)
    if not exponent:
        return digits
    padded = digits.zfill(exponent + 1)
    return f"{padded[:-exponent]}.{padded[-exponent:]}"


def _without_exponent(raw: str, path: str) -> str:
    """Return a number that was written as 1.2e3 without its exponent, empty where it is none or has too many digits."""
    try:
        number = Decimal(raw.strip('"')) if "e" in raw or "E" in raw else Decimal("nan")
    except InvalidOperation:
        return ""
    if not number.is_finite() or number.adjusted() >= MAX_DIGITS or int(number.as_tuple().exponent) < -MAX_DECIMALS:
        return ""
    return format(number, "f")


def _fault(raw: str, path: str, what: str) -> UnreadableError:
    if raw in ("", "null", '""'):
        return missing(path, _TARGET)
    return wrong_type(path, _TARGET) if raw[0] in "{[tf" else invalid(path, what, _TARGET)


def is_absent(raw: Raw) -> bool:
    """Whether an amount is absent or null."""
    return bytes(raw) in (b"", b"null")

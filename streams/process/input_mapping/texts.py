"""Texts: functions that read a text field of a mapped record, the fast case apart from all others."""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from msgspec import Raw

from schemas.events.dead_letter import DeadLetterReason
from schemas.events.transaction import MAX_IDENTIFIER, Channel
from streams.process.input_mapping.fault import UnreadableError, invalid, missing, wrong_type
from streams.process.input_mapping.record_type import Values
from streams.process.input_mapping.spec import REQUIRED, TextSpec

Text = TypeVar("Text", str, Channel)
ReadText = Callable[[Values], str | None]
MAX_LENGTH: Final = {
    "txn_id": MAX_IDENTIFIER,
    "user_id": MAX_IDENTIFIER,
    "account_id": MAX_IDENTIFIER,
    "description": 1_024,
    "merchant": 256,
}
_CODE: Final = 64  # of currency, mcc, country and channel, whose shape is looked at behind
_CHANNELS: Final = {channel.value: channel for channel in Channel}


def scalar_text(value: object) -> str | None:
    """Return a JSON scalar as text, None where it is absent, null or empty; raises TypeError for all others.

    A number with a point is refused: its digits are gone by now.
    """
    match value:
        case None:
            return None
        case str():
            return value or None
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Raw():
            return bytes(value).decode().strip('"').replace("null", "") or None
        case _:
            raise TypeError


def text_reader(spec: TextSpec, index: Mapping[str, int]) -> ReadText:
    """Return what reads the field from the values at the paths, whose places ``index`` gives."""
    slow = _slow_reader(spec, index)
    if not spec.sources:
        return lambda values: spec.default
    if spec.is_joined or spec.is_upper:
        return slow
    if spec.values is not None:
        return _table_reader(spec, index, {text: to for text, to in spec.values.items() if to is not None}, slow)
    places = tuple(index[path.text] for path in spec.sources)
    longest, first = MAX_LENGTH.get(spec.target, _CODE), places[0]
    may_be_absent = spec.default is None and spec.target not in REQUIRED

    def read_first(values: Values) -> str | None:
        value = values[first]
        if type(value) is str and 0 < len(value) <= longest:
            return value
        return None if value is None and may_be_absent else slow(values)

    def read(values: Values) -> str | None:
        for place in places:
            value = values[place]
            if type(value) is str and 0 < len(value) <= longest:
                return value
            if value is not None:
                break
        return slow(values)

    return read_first if len(places) == 1 else read


def channel_reader(spec: TextSpec, index: Mapping[str, int]) -> Callable[[Values], Channel | None]:
    """Return what reads the channel; raises UnreadableError for one that there is not."""
    slow = _slow_reader(spec, index)

    def read_channel(values: Values) -> Channel | None:
        text = slow(values)
        if text is None:
            return None
        channel = _CHANNELS.get(text)
        if channel is None:
            raise invalid(_name(spec), "is no channel", spec.target)
        return channel

    if spec.values is None:
        return read_channel
    table = {text: _CHANNELS[to] for text, to in spec.values.items() if to is not None}
    return _table_reader(spec, index, table, read_channel)


def _table_reader(
    spec: TextSpec, index: Mapping[str, int], table: Mapping[str, Text], slow: Callable[[Values], Text | None]
) -> Callable[[Values], Text | None]:
    places = tuple(index[path.text] for path in spec.sources)

    def read(values: Values) -> Text | None:
        for place in places:
            value = values[place]
            if type(value) is str and value in table:
                return table[value]
            if value is not None:
                break
        return slow(values)

    return slow if spec.is_joined or spec.is_upper else read


def _slow_reader(spec: TextSpec, index: Mapping[str, int]) -> ReadText:
    sources = [(path.text, index[path.text]) for path in spec.sources]
    longest = MAX_LENGTH.get(spec.target, _CODE)

    def read_one(path: str, value: object) -> str | None:
        if isinstance(value, bool) and spec.values is None:
            raise wrong_type(path, spec.target)
        try:
            text = scalar_text(value)
        except TypeError:
            raise wrong_type(path, spec.target) from None
        if text is not None and spec.target == "mcc" and type(value) is int:
            text = text.zfill(4)  # a number has lost its leading zeros
        return text

    def read(values: Values) -> str | None:
        found: list[str] = []
        for path, place in sources:
            text = read_one(path, values[place])
            if text is not None and spec.values is not None:
                text = _translated(spec, spec.values, path, text)
            if text is not None:
                found.append(text)
                if not spec.is_joined:
                    break
        if not (text := " ".join(found)):
            if spec.default is None and spec.target in REQUIRED:
                raise missing(_name(spec), spec.target)
            return spec.default
        if len(text) > longest:
            what = f"is longer than {longest} characters"
            raise UnreadableError(DeadLetterReason.TOO_LONG, _name(spec), what, spec.target)
        return text.upper() if spec.is_upper else text

    return read


def _translated(spec: TextSpec, values: Mapping[str, str | None], path: str, text: str) -> str | None:
    """Return what a value becomes; None is nothing, and the next path is asked."""
    if text in values:
        return values[text]
    if spec.has_unknown:
        return spec.unknown
    if spec.target in REQUIRED:
        raise invalid(path, "is not among the values of the mapping", spec.target)
    return None


def _name(spec: TextSpec) -> str:
    return spec.sources[0].text if spec.sources else spec.target

"""Skips: a function that says whether a mapping leaves a record out, and why."""

from collections.abc import Callable, Mapping, Sequence

from schemas.events.skip_reason import SkipReason
from streams.process.input_mapping.record_type import Values
from streams.process.input_mapping.spec import SkipSpec
from streams.process.input_mapping.texts import scalar_text


def skip_reader(skips: Sequence[SkipSpec], index: Mapping[str, int]) -> Callable[[Values], SkipReason | None] | None:
    """Return what gives the first reason to skip a record that holds, None where there are no conditions."""
    if not skips:
        return None
    conditions = [(index[skip.source.text], skip.kind, skip.values, skip.reason) for skip in skips]

    def read(values: Values) -> SkipReason | None:
        for place, kind, wanted, reason in conditions:
            value = values[place]
            if value is True or value is False:
                text: str | None = "true" if value else "false"
            elif type(value) is str:
                text = value or None
            else:
                text = _text(value)
            if kind == "is":
                holds = text in wanted
            elif kind == "is_not":
                holds = text is not None and text not in wanted
            else:
                holds = (text is None) == (kind == "missing")
            if holds:
                return reason
        return None

    return read


def _text(value: object) -> str | None:
    """Return a value as text; one that is no single text, such as an object, is there and equals none."""
    try:
        return scalar_text(value)
    except TypeError:
        return "\0"

"""Field parser: what a mapping says of one field: a path, a constant, a table, an amount or a time."""

from typing import Final

import yaml

from rules.parser.yaml_reader import YamlReader
from schemas.events.transaction import Channel
from streams.process.input_mapping.minor_units import ISO_4217
from streams.process.input_mapping.scalars import is_null, read_path, read_paths, words
from streams.process.input_mapping.spec import REQUIRED, MoneySpec, SignSpec, TextSpec, TimeSpec
from streams.process.input_mapping.times import FORMS, parser_of, zone_of

_TEXT: Final = frozenset({"from", "join", "value", "default", "map", "else", "upper"})
_MONEY: Final = frozenset({"from", "positive", "direction", "minor_units"})
_TIME: Final = frozenset({"from", "format", "zone"})
_DIRECTION: Final = frozenset({"from", "out", "in"})
_CHANNELS: Final = frozenset(channel.value for channel in Channel)
MAX_EXPONENT: Final = 8
IDENTITY: Final = ("txn_id", "user_id", "account_id")


def read_text_spec(reader: YamlReader, field: str, node: yaml.Node) -> TextSpec | None:
    """Return the spec of a text field; a single value is the path that it stands at."""
    if isinstance(node, yaml.ScalarNode):
        path = read_path(reader, node)
        return TextSpec(field, (path,)) if path is not None else None
    values = reader.mapping(node, _TEXT)
    if sum(key in values for key in ("from", "join", "value")) != 1:
        reader.add_issue(node, f"{field}: give exactly one of from, join and value")
        return None
    if "value" in values:
        if len(values) > 1:
            reader.add_issue(node, f"{field}: a constant value stands alone")
        return TextSpec(field, default=_checked(reader, field, values["value"]))
    if field in IDENTITY and "default" in values:
        reader.add_issue(values["default"], f"{field}: what has no identity of its own gets none by default")
    if "else" in values and "map" not in values:
        reader.add_issue(values["else"], f"{field}: else is for what a map does not name")
    unknown = values.get("else")
    return TextSpec(
        field,
        read_paths(reader, values.get("from") or values["join"]),
        is_joined="join" in values,
        default=_checked(reader, field, values["default"]) if "default" in values else None,
        values=_table(reader, field, values["map"]) if "map" in values else None,
        unknown=None if unknown is None or is_null(unknown) else _checked(reader, field, unknown),
        has_unknown=unknown is not None,
        is_upper="upper" in values and reader.boolean(values["upper"]),
    )


def read_money_spec(reader: YamlReader, node: yaml.Node) -> MoneySpec | None:
    """Return the spec of the amount; it has no default for the sign, since that cannot be guessed."""
    values = reader.mapping(node, _MONEY)
    if "from" not in values:
        reader.add_issue(node, "amount: 'from' is missing: {from: path, positive: out or in}")
        return None
    sign = _read_sign(reader, node, values)
    path = read_path(reader, values["from"])
    if path is not None and path.is_key:
        reader.add_issue(values["from"], "amount: a key is no amount")
    units = _read_units(reader, values["minor_units"]) if "minor_units" in values else None
    return None if sign is None or path is None else MoneySpec(path, sign, units)


def read_time_spec(reader: YamlReader, node: yaml.Node) -> TimeSpec | None:
    """Return the spec of the time; a single value is the path of an ISO time."""
    if isinstance(node, yaml.ScalarNode):
        path = read_path(reader, node)
        return TimeSpec((path,), "iso", "UTC") if path is not None else None
    values = reader.mapping(node, _TIME)
    if "from" not in values:
        reader.add_issue(node, "occurred_at: 'from' is missing: {from: path, format: iso}")
        return None
    form = reader.string(values["format"]) if "format" in values else "iso"
    zone = reader.string(values["zone"]) if "zone" in values else "UTC"
    try:
        zone_of(zone)
        if form not in FORMS[2:]:
            parser_of(form)
    except ValueError as error:
        reader.add_issue(node, f"occurred_at: {error}")
    return TimeSpec(read_paths(reader, values["from"]), form, zone)


def _read_sign(reader: YamlReader, node: yaml.Node, values: dict[str, yaml.Node]) -> SignSpec | None:
    given = [key for key in ("positive", "direction") if key in values]
    if len(given) != 1:
        reader.add_issue(
            node,
            "amount: say which way money goes: positive: out, positive: in, or direction: {from: …, out: …, in: …}",
        )
        return None
    (key,) = given
    sign = values[key]
    if key == "positive" and isinstance(sign, yaml.ScalarNode):
        word = reader.string(sign)
        if word not in ("out", "in", "?"):
            reader.add_issue(sign, f"amount: positive is money out or in, not {word!r}")
        return SignSpec(positive_is_out=word == "out")
    parts = reader.mapping(sign, _DIRECTION)
    if set(parts) != _DIRECTION:
        reader.add_issue(sign, f"amount: {key} needs from, out and in")
        return None
    out, into, path = words(reader, parts["out"]), words(reader, parts["in"]), read_path(reader, parts["from"])
    if out & into:
        reader.add_issue(sign, f"amount: {', '.join(sorted(out & into))} cannot be both out and in")
    return None if path is None else SignSpec(True, path, out, into, is_unsigned=key == "direction")


def _read_units(reader: YamlReader, node: yaml.Node) -> dict[str, int] | int | None:
    """Return the digits after the point: ISO 4217 for true, one number for all, or some currencies beside ISO's."""
    if isinstance(node, yaml.MappingNode):
        own: dict[str, int] = {}
        for key, value in node.value:
            number = reader.number(value, lowest=0, highest=MAX_EXPONENT)
            own[str(key.value)] = int(number or 0)
        return ISO_4217 | own
    if reader.string(node) in ("true", "false"):
        return dict(ISO_4217) if reader.string(node) == "true" else None
    number = reader.number(node, lowest=0, highest=MAX_EXPONENT)
    return None if number is None else int(number)


def _table(reader: YamlReader, field: str, node: yaml.Node) -> dict[str, str | None]:
    """Return what each value of a record becomes; null is none."""
    if not isinstance(node, yaml.MappingNode):
        reader.add_issue(node, f"{field}: map needs values and what they become")
        return {}
    return {
        str(key.value): None if is_null(value) and field not in REQUIRED else _checked(reader, field, value)
        for key, value in node.value
    }


def _checked(reader: YamlReader, field: str, node: yaml.Node) -> str:
    """Return a value that a field may have, and note what may not."""
    text = str(node.value) if field == "description" and isinstance(node, yaml.ScalarNode) else reader.string(node)
    shape = {
        "channel": text in _CHANNELS,
        "mcc": len(text) == 4 and text.isascii() and text.isdigit(),
        "currency": len(text) == 3 and text.isascii() and text.isalpha() and text.isupper(),
        "country": len(text) == 2 and text.isascii() and text.isalpha() and text.isupper(),
    }
    if not shape.get(field, True) and text not in ("", "?"):
        known = f"; known: {', '.join(sorted(_CHANNELS))}" if field == "channel" else ""
        reader.add_issue(node, f"{text!r} is no {field}{known}")
    return text

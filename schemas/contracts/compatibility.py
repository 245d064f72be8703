"""Compatibility: what a change of a JSON Schema would do to those who still use the old one."""

from schemas.contracts.json_schema import Json, JsonObject

LIMITS = {"maxLength": -1, "maximum": -1, "maxItems": -1, "exclusiveMaximum": -1, "minLength": 1, "minimum": 1}


def breaks_producers(old: JsonObject, new: JsonObject) -> list[str]:
    """Return why a record that the old schema allows could be refused by the new one (topics that we read)."""
    return _narrowed(old, new, at="$", roots=(old, new))


def breaks_consumers(old: JsonObject, new: JsonObject) -> list[str]:
    """Return why a consumer built for the old schema could fail on a record of the new one (topics that we write)."""
    return _widened(old, new, at="$", roots=(old, new))


def _narrowed(old: JsonObject, new: JsonObject, *, at: str, roots: tuple[JsonObject, JsonObject]) -> list[str]:
    old, new = _resolve(old, roots[0]), _resolve(new, roots[1])
    found = [f"{at}.{name} became required" for name in sorted(_names(new, "required") - _names(old, "required"))]
    found += [f"{at} no longer takes the type {name}" for name in sorted(_types(old, roots[0]) - _types(new, roots[1]))]
    if "enum" in new:
        found += [f"{at} no longer takes {value}" for value in sorted(_names(old, "enum") - _names(new, "enum"))]
    if new.get("pattern") is not None and new.get("pattern") != old.get("pattern"):
        found.append(f"{at} asks for another pattern")
    for limit, sign in LIMITS.items():
        before, after = old.get(limit), new.get(limit)
        if isinstance(after, int | float) and (not isinstance(before, int | float) or sign * after > sign * before):
            found.append(f"{at} has a tighter {limit}")
    if new.get("additionalProperties") is False:
        found.append(f"{at} refuses unknown fields")
    for name, before, after in _common(old, new, roots):
        found += _narrowed(before, after, at=f"{at}.{name}", roots=roots)
    return found


def _widened(old: JsonObject, new: JsonObject, *, at: str, roots: tuple[JsonObject, JsonObject]) -> list[str]:
    old, new = _resolve(old, roots[0]), _resolve(new, roots[1])
    gone = _names(old, "properties") - _names(new, "properties")
    found = [f"{at}.{name} is gone" for name in sorted(gone)]
    optional = _names(old, "required") - _names(new, "required") - gone
    found += [f"{at}.{name} may be absent now" for name in sorted(optional)]
    found += [f"{at} may be of the type {name} now" for name in sorted(_types(new, roots[1]) - _types(old, roots[0]))]
    if "enum" in old:
        found += [f"{at} may be {value} now" for value in sorted(_names(new, "enum") - _names(old, "enum"))]
    if old.get("pattern") is not None and new.get("pattern") != old.get("pattern"):
        found.append(f"{at} follows another pattern")
    for limit, sign in LIMITS.items():
        before, after = old.get(limit), new.get(limit)
        if isinstance(before, int | float) and (not isinstance(after, int | float) or sign * after < sign * before):
            found.append(f"{at} has a looser {limit}")
    for name, before, after in _common(old, new, roots):
        found += _widened(before, after, at=f"{at}.{name}", roots=roots)
    return found


def _common(
    old: JsonObject, new: JsonObject, roots: tuple[JsonObject, JsonObject]
) -> list[tuple[str, JsonObject, JsonObject]]:
    """Pairs of sub-schemas that both versions have: properties by name, array items, the branch that is not null."""
    pairs = [
        (name, before, after)
        for name, before in _mapping(old.get("properties")).items()
        if isinstance(before, dict) and isinstance(after := _mapping(new.get("properties")).get(name), dict)
    ]
    for keyword in ("items", "additionalProperties"):
        before, after = old.get(keyword), new.get(keyword)
        if isinstance(before, dict) and isinstance(after, dict):
            pairs.append((keyword, before, after))
    before, after = _branch(old, roots[0]), _branch(new, roots[1])
    if before is not old or after is not new:
        pairs.append(("value", before, after))
    return pairs


def _branch(schema: JsonObject, root: JsonObject) -> JsonObject:
    """The branch of «something or null» that is not null, else the schema itself."""
    branches = schema.get("anyOf")
    if not isinstance(branches, list):
        return schema
    return next(
        (_resolve(branch, root) for branch in branches if isinstance(branch, dict) and branch.get("type") != "null"),
        schema,
    )


def _types(schema: JsonObject, root: JsonObject) -> set[str]:
    branches = schema.get("anyOf")
    if isinstance(branches, list):
        return {
            name for branch in branches if isinstance(branch, dict) for name in _types(_resolve(branch, root), root)
        }
    kind = schema.get("type")
    if kind is None and "enum" in schema:
        return {"string"}
    return {str(name) for name in kind} if isinstance(kind, list) else {str(kind)} if kind else set()


def _names(schema: JsonObject, keyword: str) -> set[str]:
    value = schema.get(keyword)
    return {str(name) for name in value} if isinstance(value, dict | list) else set()


def _mapping(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _resolve(schema: JsonObject, root: JsonObject) -> JsonObject:
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return schema
    target = _mapping(root.get("$defs")).get(reference.rpartition("/")[2])
    return target if isinstance(target, dict) else schema

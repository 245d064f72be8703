"""Parse: a taxonomy's YAML text read to its value; what is wrong is said in a line for each fault."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from schemas.taxonomy.definition import (
    EVERY,
    MAX_CATEGORIES,
    MAX_CHARACTERS,
    MAX_NOTE,
    MIN_CATEGORIES,
    NOTHING,
    PLAID_PRIMARIES,
    SILENT,
    CategoryText,
    Taxonomy,
)
from schemas.taxonomy.errors import TaxonomyError
from schemas.taxonomy.yaml_values import YamlFaultError, YamlItems, YamlKeys, YamlText, YamlValue, read_yaml

_TOP: Final = ("version", "categories", "from_default", "to_plaid")
_CATEGORY: Final = ("id", "name", "includes", "excludes", "parent")
_RESERVED: Final = frozenset({NOTHING, EVERY, SILENT})
_VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# An id goes through SQL, options (ID=0.9), lists with commas and metric labels, so it has nothing that those read.
_ID: Final = re.compile(r"[^\W_](?:[\w&+./()-]| (?! ))*(?<! )")


def parse_taxonomy(text: str, *, file: str, default: Taxonomy | None) -> Taxonomy:
    """Return the taxonomy of a YAML text, ``default`` is None for the default's own; raises TaxonomyError."""
    try:
        root = read_yaml(text)
    except YamlFaultError as fault:
        raise TaxonomyError(file, [str(fault)]) from fault
    if not isinstance(root, YamlKeys):
        raise TaxonomyError(file, ["expected the keys version, categories and from_default"])
    reader = _Reader(root)
    categories = tuple(reader.categories())
    ids = tuple(category.id for category in categories)
    defaults = ids if default is None else default.ids
    found = Taxonomy(
        reader.version(),
        categories,
        MappingProxyType(dict(reader.from_default(ids, defaults))),
        MappingProxyType(dict(reader.to_plaid(ids))),
    )
    faults = [*reader.faults]
    if not faults and default is not None:
        faults.extend(_beside(found, default))
    if faults:
        raise TaxonomyError(file, faults)
    return found


@dataclass(slots=True)
class _Reader:
    """A taxonomy's keys being read; collects every fault, so that one run names them all."""

    root: YamlKeys
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._only(self.root, _TOP)

    def version(self) -> str:
        version = self._text(self.root, "version", "the taxonomy")
        if version and (not _VERSION.fullmatch(version) or len(version) > MAX_CHARACTERS):
            self.faults.append(f"version: use letters, digits, '.', '_' and '-', at most {MAX_CHARACTERS} of them")
        return version

    def categories(self) -> Iterator[CategoryText]:
        listed = self.root.values.get("categories")
        items = listed.items if isinstance(listed, YamlItems) else []
        if not isinstance(listed, YamlItems):
            self.faults.append("categories: expected a list of categories, each with id, name and includes")
        elif not MIN_CATEGORIES <= len(items) <= MAX_CATEGORIES:
            count = f"there are {len(items):,} categories"
            self.faults.append(f"categories: {count}: write {MIN_CATEGORIES} to {MAX_CATEGORIES}")
            return
        read = [category for item in items if (category := self._category(item)) is not None]
        self._names_once(read)
        self._parents(read)
        yield from read

    def from_default(self, ids: tuple[str, ...], defaults: tuple[str, ...]) -> Iterator[tuple[str, str | None]]:
        said = self._pairs("from_default", "each default category and your id for it, or null")
        for name, value in said.items():
            if name not in defaults:
                self.faults.append(f"from_default: there is no default category {_short(name)}")
            elif value is not None and ids and value not in ids:
                self.faults.append(f"from_default: {name}: there is no category with the id {_short(value)}")
            yield name, value
        if said and (missing := [name for name in defaults if name not in said]):
            self.faults.append(
                f"from_default: says nothing of {', '.join(missing)}: give each one of your ids, or null"
            )

    def to_plaid(self, ids: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        if "to_plaid" not in self.root.values:
            return
        for name, value in self._pairs("to_plaid", "your ids and the primary category of Plaid for each").items():
            if ids and name not in ids:
                self.faults.append(f"to_plaid: there is no category with the id {_short(name)}")
            if value is not None and value not in PLAID_PRIMARIES:
                known = ", ".join(sorted(PLAID_PRIMARIES))
                self.faults.append(f"to_plaid: {_short(name)}: {_short(value)} is none of {known}")
            if value is not None:
                yield name, value

    def _category(self, item: YamlValue) -> CategoryText | None:
        where = f"line {item.line}"
        if not isinstance(item, YamlKeys):
            self.faults.append(f"{where}: a category is a mapping with id, name and includes")
            return None
        self._only(item, _CATEGORY)
        id_, name = self._text(item, "id", where), self._text(item, "name", where)
        if len(id_) > MAX_CHARACTERS or len(name) > MAX_CHARACTERS:
            self.faults.append(f"{where}: an id and a name have {MAX_CHARACTERS} characters at most")
        elif id_ and (not _ID.fullmatch(id_) or id_ != unicodedata.normalize("NFC", id_) or _fold(id_) in _RESERVED):
            self.faults.append(
                f"{where}: {_short(id_)} cannot be an id: begin with a letter or a digit, go on with those, "
                f"single spaces and & + . / ( ) - _; {', '.join(sorted(_RESERVED))} mean something else"
            )
        notes = [self._text(item, key, where, most=MAX_NOTE, needed=key == "includes") for key in _CATEGORY[2:4]]
        parent = self._text(item, "parent", where, needed=False) or None
        return CategoryText(id_, name, notes[0], notes[1], parent) if id_ and name else None

    def _names_once(self, read: list[CategoryText]) -> None:
        """An id and a name are told apart whatever their case or their form in Unicode, also from each other's."""
        seen: dict[str, CategoryText] = {}
        for category in read:
            other = seen.setdefault(_fold(category.id), category)
            if other is not category:
                self.faults.append(f"the id {_short(category.id)} stands twice: each category has its own")
        named: dict[str, CategoryText] = {}
        for category in read:
            first, by_id = named.setdefault(_fold(category.name), category), seen.get(_fold(category.name), category)
            if first is not category:
                self.faults.append(
                    f"the name {_short(category.name)} is used twice: name {_short(category.id)} otherwise"
                )
            elif by_id.id != category.id:
                self.faults.append(
                    f"the name of {_short(category.id)} is the id of another category: name it otherwise"
                )

    def _parents(self, read: list[CategoryText]) -> None:
        parents = {category.id: category.parent for category in read}
        for category in read:
            if category.parent is not None and category.parent not in parents:
                what = f"there is no category with the id {_short(category.parent)}"
                self.faults.append(f"parent of {_short(category.id)}: {what}")
        settled: set[str] = set()
        for begin in parents:
            way: list[str] = []
            at: str | None = begin
            while at is not None and at in parents and at not in settled and at not in way:
                way.append(at)
                at = parents[at]
            if at in way:
                circle = " -> ".join([*way[way.index(at) :], at])
                self.faults.append(f"parents go in a circle: {circle[:300]}: take one parent away")
            settled.update(way)

    def _pairs(self, key: str, what: str) -> dict[str, str | None]:
        value = self.root.values.get(key)
        if not isinstance(value, YamlKeys):
            self.faults.append(f"{key}: expected {what}")
            return {}
        texts = {name: one for name, one in value.values.items() if isinstance(one, YamlText)}
        for name, one in value.values.items():
            if name not in texts:
                self.faults.append(f"line {one.line}: {key}: {_short(name)}: expected one value, or null")
        return {name: None if one.is_null else one.text for name, one in texts.items()}

    def _text(self, keys: YamlKeys, key: str, where: str, *, most: int = MAX_NOTE, needed: bool = True) -> str:
        value = keys.values.get(key)
        if value is None or (isinstance(value, YamlText) and (value.is_null or not value.text.strip())):
            if needed:
                self.faults.append(f"{where}: {key} is missing")
            return ""
        if not isinstance(value, YamlText):
            self.faults.append(f"line {value.line}: {key}: expected a text")
            return ""
        text = value.text.strip()
        if not text.isprintable() or len(text) > most:
            self.faults.append(f"line {value.line}: {key}: expected one line of {most:,} printable characters at most")
            return ""
        return text

    def _only(self, keys: YamlKeys, known: tuple[str, ...]) -> None:
        for name, value in keys.values.items():
            if name not in known:
                self.faults.append(f"line {value.line}: unknown key {_short(name)}; known here: {', '.join(known)}")


def _beside(own: Taxonomy, default: Taxonomy) -> Iterator[str]:
    """Yield what would be taken for the default taxonomy or for one of its categories, and is not."""
    if own == default:
        return
    if own.version == default.version:
        yield f"version {own.version} is the default taxonomy's: give yours another one, such as household-1"
    names = {_fold(name): name for name in default.ids}
    for category in own.categories:
        for text in dict.fromkeys((_fold(category.id), _fold(category.name))):
            if (name := names.get(text)) is not None and own.from_default[name] != category.id:
                at = own.from_default[name] or "null"
                yield (
                    f"{category.id} bears the name of the default {name}, which from_default says is {at}: "
                    f"map {name} to {category.id}, or give it another id and name"
                )


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _short(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:77]}...")

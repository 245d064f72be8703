"""Profile: how the files of one bank or tool are read, as YAML: the map, the format, and the names of categories."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml

from ops.csv_import.categories import CategoryMap
from ops.csv_import.columns import CsvMap
from ops.errors import OpsError
from rules.parser.yaml_reader import YamlReader

SHIPPED: Final = Path(__file__).parent / "profiles"
LARGEST: Final = 1 << 20
# The options that say how a file is written, in the words of the command line; True where they take several values.
OPTIONS: Final = {
    "encoding": False, "delimiter": False, "decimal": False, "date-format": False, "currency": False,
    "flip-sign": False, "header-line": False, "no-header": False, "direction-words": False, "skip-where": True,
    "pending": False, "sheet": False, "reader": False,
}  # fmt: skip
_TOP: Final = frozenset({"about", "map", "format", "categories"})


class ProfileError(OpsError):
    """A profile cannot be read or written, or says something that no option says."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Profile:
    """Columns by field, options by name, and categories by their foreign name, all as texts."""

    columns: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Sequence[str]] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)


def shipped_names() -> list[str]:
    """Return the names of the profiles that come with the program."""
    return sorted(path.stem for path in SHIPPED.glob("*.yml"))


def load_profile(name: str) -> Profile:
    """Return the profile in a file, or the shipped one of that name; raises ProfileError with its file and line."""
    path = Path(name)
    if not path.is_file() and name in shipped_names():
        path = SHIPPED / f"{name}.yml"
    if not path.is_file():
        raise ProfileError(f"there is no profile {name!r}: give a file, or one of {', '.join(shipped_names())}")
    return parse_profile(_text(path), file=path.name)


def parse_profile(text: str, *, file: str) -> Profile:
    """Return what a YAML text says; raises ProfileError with the line of its first fault."""
    reader = YamlReader(file)
    root = reader.compose(text)
    top = {} if root is None else reader.mapping(root, _TOP)
    columns = _pairs(reader, top.get("map"))
    options = {} if "format" not in top else reader.mapping(top["format"], frozenset(OPTIONS))
    categories = _pairs(reader, top.get("categories"))
    values = {name: _values(reader, name, node) for name, node in options.items()}
    if reader.issues:
        first = min(reader.issues, key=lambda issue: issue.line)
        raise ProfileError(f"{first.file}:{first.line}: {first.message}")
    try:
        CsvMap.of(columns)
        CategoryMap.of(categories)
    except OpsError as error:
        raise ProfileError(f"{file}: {error}") from None
    return Profile(columns, values, categories)


def load_categories(path: Path) -> Mapping[str, str]:
    """Return ours by the foreign name from a YAML file of ``Food: Groceries``; raises ProfileError."""
    reader = YamlReader(path.name)
    root = reader.compose(_text(path))
    names = _pairs(reader, root)
    if reader.issues:
        raise ProfileError(f"{path.name}:{reader.issues[0].line}: {reader.issues[0].message}; write Food: Groceries")
    return names


def save_profile(path: Path, profile: Profile) -> None:
    """Write a profile; raises ProfileError where the file cannot be written."""
    said = {
        "map": dict(profile.columns),
        "format": {
            name: list(values) if OPTIONS[name] else values[0] for name, values in profile.options.items() if values
        },
        "categories": dict(profile.categories),
    }
    text = yaml.safe_dump({key: part for key, part in said.items() if part}, allow_unicode=True, sort_keys=False)
    try:
        path.write_text(f"# ledgermind import FILE --profile {path.name}\n{text}", encoding="utf-8")
    except OSError as error:
        raise ProfileError(f"cannot write {path}: {(error.strerror or 'not a file').lower()}") from None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except OSError as error:
        raise ProfileError(f"cannot read {path}: {(error.strerror or 'not a file').lower()}") from None
    if len(content) > LARGEST:
        raise ProfileError(f"{path.name} is over a megabyte: this is no profile")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ProfileError(f"{path.name} is not UTF-8: save it as UTF-8") from None


def _pairs(reader: YamlReader, node: yaml.Node | None) -> dict[str, str]:
    """Return texts by texts as they are written: NO stays NO, and nothing behind a colon is an empty text."""
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        reader.add_issue(node, "expected keys and values here")
        return {}
    pairs: dict[str, str] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode) or not isinstance(value, yaml.ScalarNode):
            reader.add_issue(key, "expected one text by another here")
        elif key.value in pairs:
            reader.add_issue(key, f"key {key.value!r} stands here twice")
        else:
            pairs[key.value] = "" if value.tag == "tag:yaml.org,2002:null" else value.value
    return pairs


def _values(reader: YamlReader, name: str, node: yaml.Node) -> tuple[str, ...]:
    nodes = node.value if isinstance(node, yaml.SequenceNode) and OPTIONS[name] else [node]
    texts = []
    for one in nodes:
        if isinstance(one, yaml.ScalarNode):
            texts.append(str(one.value))
        else:
            reader.add_issue(one, f"{name} is one text")
    return tuple(texts)

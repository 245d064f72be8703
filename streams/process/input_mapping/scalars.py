"""Scalars: single values of a mapping's YAML: paths, words and lists of them."""

import yaml

from rules.parser.yaml_reader import YamlReader
from streams.process.input_mapping.path import RecordPath, parse_path


def read_path(reader: YamlReader, node: yaml.Node) -> RecordPath | None:
    """Return a path, None (and a fault) where the value is none."""
    text = reader.string(node)
    if not text or text == "?":  # a fault of its own by now
        return None
    try:
        return parse_path(text)
    except ValueError as error:
        reader.add_issue(node, str(error))
        return None


def read_paths(reader: YamlReader, node: yaml.Node) -> tuple[RecordPath, ...]:
    """Return the paths of a list, or of a single value."""
    found = [read_path(reader, item) for item in reader.items(node)]
    return tuple(path for path in found if path is not None)


def words(reader: YamlReader, node: yaml.Node) -> frozenset[str]:
    """Return the texts of a list, or of a single value, each as it was written."""
    return frozenset(reader.string(item) for item in reader.items(node))


def is_null(node: yaml.Node) -> bool:
    """Whether a value is null, and not the word in quotes."""
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"

"""Ensemble: the boosted trees of an ONNX file as flat arrays, or the reason why they are not of the form that fits."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isnan
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_LEAVES: Final = 16  # of a tree: bits of its word in bit_vectors.c
_WORD: Final = (1 << MAX_LEAVES) - 1
_OPERATOR: Final = "TreeEnsembleRegressor"
_BRANCH, _LEAF = "BRANCH_LEQ", "LEAF"
_NODE_COLUMNS: Final = (
    "nodes_treeids", "nodes_nodeids", "nodes_modes", "nodes_featureids", "nodes_values", "nodes_truenodeids",
    "nodes_falsenodeids",
)  # fmt: skip
_TARGET_COLUMNS: Final = ("target_treeids", "target_nodeids", "target_ids", "target_weights")
_KINDS: Final = {"nodes_modes": "STRINGS", "nodes_values": "FLOATS", "target_weights": "FLOATS", "n_targets": "INT"}


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Trees whose nodes are grouped by feature and threshold, as bit_vectors.c reads them."""

    features: int
    classes: int
    group_feature: npt.NDArray[np.int32]  # [groups], ascending
    group_threshold: npt.NDArray[np.float32]  # [groups], ascending within a feature
    group_begin: npt.NDArray[np.int32]  # [groups + 1]
    node_tree: npt.NDArray[np.int32]  # [nodes]
    node_mask: npt.NDArray[np.uint16]  # [nodes]: leaves of the left subtree are 0
    tree_class: npt.NDArray[np.int32]  # [trees]
    leaf_value: npt.NDArray[np.float32]  # [trees, MAX_LEAVES], leftmost leaf first


def read_ensemble(content: bytes, *, features: int, classes: int) -> Ensemble:
    """Return the trees of an ONNX file; raises ValueError where they are not plain ``<=`` trees of few leaves."""
    columns = _columns(content)
    if columns.get("n_targets") != classes:
        raise ValueError(f"it does not give {classes} scores")
    return _Reader(features, classes, _targets(columns, classes)).read(_same_length(columns, _NODE_COLUMNS))


def _columns(content: bytes) -> dict[str, Any]:
    """Return the attributes of the one node by name, each of its own type: what follows asks no more."""
    import onnx  # noqa: PLC0415 - a command that loads no release does not need it

    try:
        nodes = onnx.load_model_from_string(content).graph.node
    except Exception as error:  # the parser's own, of a package that has no types
        raise ValueError("it is not a readable ONNX file") from error
    if len(nodes) != 1 or nodes[0].op_type != _OPERATOR:
        raise ValueError(f"it is not one {_OPERATOR}")
    columns = {}
    for attribute in nodes[0].attribute:
        name, kind = attribute.name, onnx.AttributeProto.AttributeType.Name(attribute.type)
        is_known = name in _NODE_COLUMNS or name in _TARGET_COLUMNS or name == "n_targets"
        if not is_known or name in columns or kind != _KINDS.get(name, "INTS"):
            raise ValueError(f"it has another attribute: {name}")
        columns[name] = onnx.helper.get_attribute_value(attribute)
    return columns


def _same_length(columns: Mapping[str, Any], names: Sequence[str]) -> list[Sequence[Any]]:
    found = [columns.get(name, ()) for name in names]
    if len({len(column) for column in found}) != 1:
        raise ValueError(f"its columns differ in length: {', '.join(names)}")
    return found


def _targets(columns: Mapping[str, Any], classes: int) -> dict[tuple[int, int], tuple[int, float]]:
    """Return class and value of each leaf, by tree and node."""
    rows = list(zip(*_same_length(columns, _TARGET_COLUMNS), strict=True))
    targets = {(tree, node): (target, weight) for tree, node, target, weight in rows}
    if len(targets) != len(rows) or any(not 0 <= target < classes for target, _ in targets.values()):
        raise ValueError("a leaf has two values, or one of a class that does not exist")
    return targets


@dataclass(slots=True)
class _Reader:
    features: int
    classes: int
    targets: Mapping[tuple[int, int], tuple[int, float]]
    splits: list[tuple[int, float, int, int]] = field(default_factory=list)  # feature, threshold, tree, mask
    tree_class: list[int] = field(default_factory=list)
    leaf_value: list[list[float]] = field(default_factory=list)

    def read(self, columns: Sequence[Sequence[Any]]) -> Ensemble:
        trees: dict[int, dict[int, tuple[Any, ...]]] = {}
        for tree, node, *rest in zip(*columns, strict=True):
            if node in trees.setdefault(tree, {}):
                raise ValueError(f"tree {tree} has node {node} twice")
            trees[tree][node] = tuple(rest)
        for tree, nodes in trees.items():
            self._add(tree, nodes)
        self.splits.sort(key=lambda split: split[:2])
        return self._flat()

    def _add(self, tree: int, nodes: Mapping[int, tuple[Any, ...]]) -> None:
        """Append a tree: its leaves from left to right, and of each node the leaves that its right side excludes."""
        values: list[float] = []
        classes: set[int] = set()
        met = 0
        # A node is met twice: before its left subtree, and after it, when the leaves of that subtree are known.
        waiting: list[tuple[int, int | None]] = [(next(iter(nodes)), None)]
        while waiting:
            node, first_leaf = waiting.pop()
            if node not in nodes:
                raise ValueError(f"tree {tree} has no node {node}")
            mode, feature, threshold, true, false = nodes[node]
            if first_leaf is not None:
                left = ((1 << len(values)) - 1) ^ ((1 << first_leaf) - 1)
                self.splits.append((feature, float(np.float32(threshold)), len(self.tree_class), _WORD ^ left))
                continue
            met += 1
            if met > len(nodes):
                raise ValueError(f"tree {tree} reaches a node twice")
            if mode in (_LEAF, _LEAF.encode()):
                target, value = self.targets.get((tree, node), (-1, 0.0))
                classes.add(target)
                values.append(value)
            elif mode in (_BRANCH, _BRANCH.encode()) and 0 <= feature < self.features and not isnan(threshold):
                waiting += [(false, None), (node, len(values)), (true, None)]
            else:
                raise ValueError(f"tree {tree} has a node that is no test of a feature by <=")
        if met != len(nodes) or len(values) > MAX_LEAVES or len(classes) != 1 or -1 in classes:
            raise ValueError(f"tree {tree} is not whole, of one class and of up to {MAX_LEAVES} leaves")
        self.tree_class += classes
        self.leaf_value.append(values + [0.0] * (MAX_LEAVES - len(values)))

    def _flat(self) -> Ensemble:
        begins = [at for at, split in enumerate(self.splits) if at == 0 or split[:2] != self.splits[at - 1][:2]]
        groups = [self.splits[at][:2] for at in begins]
        return Ensemble(
            features=self.features,
            classes=self.classes,
            group_feature=np.array([feature for feature, _ in groups], np.int32),
            group_threshold=np.array([threshold for _, threshold in groups], np.float32),
            group_begin=np.array([*begins, len(self.splits)], np.int32),
            node_tree=np.array([tree for _, _, tree, _ in self.splits], np.int32),
            node_mask=np.array([mask for *_, mask in self.splits], np.uint16),
            tree_class=np.array(self.tree_class, np.int32),
            leaf_value=np.array(self.leaf_value, np.float32).reshape(-1, MAX_LEAVES),
        )

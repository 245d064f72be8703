"""GBM ONNX: LightGBM's text to one tree-ensemble node that gives raw scores, which no ready converter does."""

from dataclasses import dataclass, field
from typing import Final, TypedDict

import onnx
from onnx import TensorProto, helper

from schemas.taxonomy import CATEGORIES
from scorer.features.features import FEATURE_NAMES
from scorer.model.gbm import CLASSES_NAME, INPUT_NAME, OUTPUT_NAME, classes_word

_OPSET: Final = 17
_ML_OPSET: Final = 3
_IR_VERSION: Final = 9


class _Node(TypedDict, total=False):
    """A node of a dumped tree: a leaf has a value, any other node a test and two children."""

    leaf_value: float
    split_feature: int
    threshold: float
    decision_type: str
    missing_type: str
    left_child: "_Node"
    right_child: "_Node"


@dataclass(slots=True)
class _Columns:
    """The flat columns of a TreeEnsembleRegressor."""

    tree: list[int] = field(default_factory=list)
    node: list[int] = field(default_factory=list)
    feature: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    mode: list[str] = field(default_factory=list)
    true: list[int] = field(default_factory=list)
    false: list[int] = field(default_factory=list)
    target_tree: list[int] = field(default_factory=list)
    target_node: list[int] = field(default_factory=list)
    target: list[int] = field(default_factory=list)
    weight: list[float] = field(default_factory=list)


def to_onnx(booster_text: str) -> bytes:
    """Return the ONNX file of a multiclass booster; raises ValueError for a split that it cannot express."""
    import lightgbm  # noqa: PLC0415 - see trainer.fit.gbm

    columns = _Columns()
    dumped = lightgbm.Booster(model_str=booster_text).dump_model()["tree_info"]
    for number, tree in enumerate(dumped):
        root: _Node = tree["tree_structure"]
        if "split_feature" not in root and not root.get("leaf_value"):
            continue  # a category without labels has trees that say nothing
        _add_tree(columns, number, root)
    if not columns.tree:
        _add_tree(columns, 0, {"leaf_value": 0.0})
    ensemble = helper.make_node(
        "TreeEnsembleRegressor",
        [INPUT_NAME],
        [OUTPUT_NAME],
        domain="ai.onnx.ml",
        n_targets=len(CATEGORIES),
        nodes_treeids=columns.tree,
        nodes_nodeids=columns.node,
        nodes_featureids=columns.feature,
        nodes_values=columns.value,
        nodes_modes=columns.mode,
        nodes_truenodeids=columns.true,
        nodes_falsenodeids=columns.false,
        target_treeids=columns.target_tree,
        target_nodeids=columns.target_node,
        target_ids=columns.target,
        target_weights=columns.weight,
    )
    graph = helper.make_graph(
        [ensemble],
        "trees",
        [helper.make_tensor_value_info(INPUT_NAME, TensorProto.FLOAT, [None, len(FEATURE_NAMES)])],
        [helper.make_tensor_value_info(OUTPUT_NAME, TensorProto.FLOAT, [None, len(CATEGORIES)])],
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid("ai.onnx.ml", _ML_OPSET)]
    model = helper.make_model(graph, opset_imports=opsets, producer_name="ledgermind", ir_version=_IR_VERSION)
    helper.set_model_props(model, {CLASSES_NAME: classes_word()})
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


def _add_tree(columns: _Columns, number: int, root: _Node) -> None:
    """Append a tree, depth first; node 0 is its root."""
    waiting: list[tuple[int, _Node]] = [(0, root)]
    next_node = 1
    while waiting:
        place, node = waiting.pop()
        is_leaf = "split_feature" not in node
        columns.tree.append(number)
        columns.node.append(place)
        columns.mode.append("LEAF" if is_leaf else "BRANCH_LEQ")
        columns.feature.append(0 if is_leaf else node["split_feature"])
        columns.value.append(0.0 if is_leaf else node["threshold"])
        columns.true.append(0 if is_leaf else next_node)
        columns.false.append(0 if is_leaf else next_node + 1)
        if is_leaf:
            columns.target_tree.append(number)
            columns.target_node.append(place)
            columns.target.append(number % len(CATEGORIES))
            columns.weight.append(float(node["leaf_value"]))
            continue
        if node["decision_type"] != "<=":
            raise ValueError(f"tree {number} tests {node['decision_type']!r}, only <= can be expressed")
        if node.get("missing_type", "None") != "None":
            raise ValueError(f"tree {number} sends a missing value its own way, which cannot be expressed")
        waiting += [(next_node + 1, node["right_child"]), (next_node, node["left_child"])]
        next_node += 2

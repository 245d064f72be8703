"""GBM: the boosted trees of a release, scored as bit vectors, or by ONNX Runtime on one thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from schemas.taxonomy import CATEGORIES
from scorer.features.features import FEATURE_NAMES
from scorer.model.bit_vectors import BitVectors
from scorer.model.compiled import library
from scorer.model.ensemble import read_ensemble

if TYPE_CHECKING:
    import onnxruntime

INPUT_NAME = "features"
OUTPUT_NAME = "raw"
CLASSES_NAME = "classes"  # of the property that says which score belongs to which category
_UNREADABLE = ("Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NotImplemented", "RuntimeException")


@dataclass(frozen=True, slots=True)
class Trees:
    """A loaded tree ensemble; safe to call from several threads."""

    session: onnxruntime.InferenceSession
    bit_vectors: BitVectors | None = None  # where the library is compiled and the trees have its form: the same scores

    def raw(self, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return raw scores float32 [rows, categories] of features float32 [rows, len(FEATURE_NAMES)]."""
        if self.bit_vectors is not None:
            return self.bit_vectors.raw(features)
        (scores,) = self.session.run([OUTPUT_NAME], {INPUT_NAME: features})
        return np.asarray(scores, dtype=np.float32)


def load_trees(content: bytes) -> Trees:
    """Return the trees of an ONNX file; raises ValueError where it is none or has another shape."""
    import onnxruntime  # noqa: PLC0415 - takes long, and a command that loads no release does not need it
    from onnxruntime.capi import onnxruntime_pybind11_state as errors  # noqa: PLC0415

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except tuple(getattr(errors, name) for name in _UNREADABLE) as error:
        raise ValueError("it is not a readable ONNX file") from error
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if [node.name for node in inputs] != [INPUT_NAME] or inputs[0].shape[-1] != len(FEATURE_NAMES):
        raise ValueError(f"it does not read {len(FEATURE_NAMES)} features")
    if [node.name for node in outputs] != [OUTPUT_NAME] or outputs[0].shape[-1] != len(CATEGORIES):
        raise ValueError(f"it does not give {len(CATEGORIES)} scores")
    if session.get_modelmeta().custom_metadata_map.get(CLASSES_NAME) != classes_word():
        raise ValueError("its class order differs from the taxonomy")
    return Trees(session, _as_bit_vectors(content))


def _as_bit_vectors(content: bytes) -> BitVectors | None:
    """Return the trees for the compiled library, or None: ONNX Runtime can score what that cannot."""
    compiled = library()
    if compiled is None:
        return None
    try:
        return BitVectors(read_ensemble(content, features=len(FEATURE_NAMES), classes=len(CATEGORIES)), compiled)
    except ValueError:
        return None


def classes_word() -> str:
    """Return the categories in class order as one word, which the trees of a release carry."""
    return "|".join(category.value for category in CATEGORIES)

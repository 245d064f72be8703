"""Manifest: what a release was made of and from, and the hash of each of its files."""

from hashlib import sha256
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

RELEASE_FORMAT: Final = 3  # of the files, as they are written today
READABLE_FORMATS: Final = (2, RELEASE_FORMAT)  # one of another format is refused; 2 knew no refit
MANIFEST: Final = "manifest.json"
BOOSTER: Final = "booster.txt"
TREES: Final = "booster.onnx"
TEXT: Final = "text.npz"
KNOWN_WORDS: Final = "known_words.npz"
VOCABULARY: Final = "vocabulary.npz"
PRIORS: Final = "priors.npz"
CALIBRATION: Final = "calibration.json"
THRESHOLDS: Final = "thresholds.json"
GOLDEN: Final = "golden.jsonl"
REFERENCE: Final = "reference.json"  # not served by: without it a worker cannot tell drift, and serves all the same
JUDGED_TREES: Final = "judged.onnx"  # from here on the judged model, where a refitted one is served in its place
JUDGED_TEXT: Final = "judged_text.npz"
JUDGED_KNOWN_WORDS: Final = "judged_known_words.npz"
JUDGED_PRIORS: Final = "judged_priors.npz"
JUDGED_CALIBRATION: Final = "judged_calibration.json"
JUDGED_THRESHOLDS: Final = "judged_thresholds.json"
OUT_OF_FOLD: Final = "out_of_fold.npz"  # the judged model's scores of rows that it had not learned
CARD: Final = "CARD.md"
CARD_PAGE: Final = "card.html"
PASS: Final = "PASS"  # noqa: S105 - the word of a gate that lets a release be served
SERVED_FILES: Final = (BOOSTER, TREES, TEXT, KNOWN_WORDS, VOCABULARY, PRIORS, CALIBRATION, THRESHOLDS, GOLDEN)
JUDGED_FILES: Final = (
    JUDGED_TREES,
    JUDGED_TEXT,
    JUDGED_KNOWN_WORDS,
    JUDGED_PRIORS,
    JUDGED_CALIBRATION,
    JUDGED_THRESHOLDS,
    OUT_OF_FOLD,
)


class FoldSummary(Struct, frozen=True):
    """One fold by ``occurred_at``: its first and last day, and how many rows it holds."""

    first_day: str
    last_day: str
    rows: int


class FoldSummaries(Struct, frozen=True):
    """The three folds of a training, which share no row."""

    train: FoldSummary
    calibrate: FoldSummary
    gate: FoldSummary


class Forced(Struct, frozen=True):
    """A training that was started against its checks: by whom, why, and against what."""

    actor: str
    reason: str
    blocked_by: tuple[str, ...]


class Bootstrap(Struct, frozen=True):
    """Rows that nobody labelled: how many, what each weighed beside a real one, and how many real ones there were."""

    invented_rows: int
    weight: float
    real_rows: int


class Refit(Struct, frozen=True):
    """The fit on all rows up to the cut-off that is served in place of the judged model.

    ``rows`` taught it. ``calibrated_on`` are the rows that its calibration and thresholds come from, by scores of the
    judged model, which had not learned them; ``ece`` is measured on those of the gate fold. ``golden_distance`` is how
    far its answers to the golden rows are from the judged model's: the mean total variation distance, from 0 to 1.
    ``refused`` says why the judged model is served after all; it is empty where the refitted one is.
    """

    rows: FoldSummary
    calibrated_on: FoldSummary
    ece: float
    golden_distance: float
    refused: tuple[str, ...] = ()

    @property
    def is_served(self) -> bool:
        """Whether the refitted model is the one that is served."""
        return not self.refused


class Gate(Struct, frozen=True):
    """The gate's word: PASS, REFUSED or INCONCLUSIVE, every reason, and the categories that it keeps silent.

    ``seen`` are the categories with a label in any fold, ``judged`` those of which the gate fold says enough; these
    hold ``judged_share`` of its rows. ``missing`` gives each other category that was seen about how many rows it lacks.
    A manifest of an earlier version has none of these.
    """

    verdict: str
    mode: str
    reasons: tuple[str, ...]
    muted: tuple[str, ...]
    judged: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    judged_share: float = 0.0
    missing: dict[str, int] = {}

    @property
    def may_serve(self) -> bool:
        """Whether a release with this gate may be served."""
        return self.verdict == PASS

    def scope(self, taxonomy: int) -> str:
        """Return in words how much was judged, of the ``taxonomy``'s number of categories."""
        return (
            f"{len(self.judged)} of {len(self.seen)} seen of {taxonomy} categories judged, "
            f"covering {self.judged_share:.0%} of rows"
        )


class Manifest(Struct, frozen=True, kw_only=True):
    """The first thing read of a release."""

    model_version: Annotated[str, Meta(min_length=1, max_length=64)]
    release_format: int = 1  # before it was written down
    taxonomy_version: str
    feature_version: str
    classes: tuple[str, ...]
    features: tuple[str, ...]
    as_of: str
    seed: int
    git_commit: str
    mart_fingerprint: str
    folds: FoldSummaries  # of the judged model
    refit: Refit | None = None  # where it is served, its ``rows`` are those of the served model
    label_sources: dict[str, int]
    metrics: dict[str, float]  # on the gate fold, after calibration
    expected_fallback: float  # share of gate rows below the threshold that is served
    gate: Gate
    forced: Forced | None = None
    bootstrap: Bootstrap | None = None
    files: dict[str, Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]]
    sizes: dict[str, int] = {}  # most bytes of each file; a manifest of an earlier version has none, nor arrays
    arrays: dict[str, dict[str, str]] = {}  # dtype and shape of each array, by file (scorer.model.arrays.describe)

    @property
    def is_refitted(self) -> bool:
        """Whether the served model is another than the judged one, which then lies beside it."""
        return self.refit is not None and self.refit.is_served

    @property
    def served_rows(self) -> FoldSummary:
        """The rows that taught the served model."""
        return self.refit.rows if self.refit is not None and self.refit.is_served else self.folds.train

    def to_bytes(self) -> bytes:
        """Return the manifest as JSON, keys in the order of the fields."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1)


def hash_of(content: bytes) -> str:
    """Return the SHA-256 of a file's content, in hex."""
    return sha256(content).hexdigest()


def read_manifest(content: bytes) -> Manifest:
    """Read a manifest; raises ValueError where it is something else."""
    try:
        return msgspec.json.decode(content, type=Manifest)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error

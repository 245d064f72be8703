"""Releases: every release of the registry with its gate and its role, its card, and two of them side by side."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from ops.console.loaded_releases import roles_of
from ops.console.markdown import to_html
from schemas.events.rollout import RolloutRecord
from schemas.taxonomy import CATEGORIES
from scorer.release.manifest import FoldSummary, Manifest
from scorer.release.registry import Listed, Registry

UNCALIBRATED: Final = "_before"
LOWER_IS_BETTER: Final = frozenset({"ece", "class_wise_ece", "log_loss", "brier"})
IN_WORDS: Final = {"ece": "ECE", "class_wise_ece": "ECE, class-wise", "macro_f1": "Macro-F1"}


class ReleaseRow(Struct, frozen=True, kw_only=True):
    """One release; ``manifest`` is None where it cannot be read, ``fault`` says why."""

    version: str
    role: str
    manifest: Manifest | None
    fault: str | None


class Fact(Struct, frozen=True, kw_only=True):
    """One line of two releases side by side; ``better`` is left or right where the measure says which."""

    name: str
    left: str
    right: str
    better: str = ""

    @property
    def differs(self) -> bool:
        """Whether the two are not the same in this."""
        return self.left != self.right


def rows(registry: Registry, record: RolloutRecord | None) -> tuple[ReleaseRow, ...]:
    """Return every release, the newest first; raises OSError where the registry cannot be listed."""
    roles = roles_of(record)
    found = [_row(one, roles) for one in registry.list()]
    gone = [version for version in roles if version not in {row.version for row in found}]
    fault = "the rollout names it, and the registry does not hold it"
    missing = [ReleaseRow(version=version, role=roles[version], manifest=None, fault=fault) for version in gone]
    return (*missing, *found[::-1])


def card(registry: Registry, version: str) -> str | None:
    """Return the card of a release as HTML, None where there is no such release or it has no card."""
    if version not in registry.versions():
        return None
    text = registry.card(version)
    return None if text is None else to_html(text)


def side_by_side(left: Manifest, right: Manifest) -> tuple[Fact, ...]:
    """Return every fact of two manifests: the gate, what was measured on the gate fold, where it comes from."""
    names = [name for name in left.metrics if name in right.metrics and not name.endswith(UNCALIBRATED)]
    measured = [_measured(name, left.metrics[name], right.metrics[name]) for name in names]
    return (*_told(_gate(left), _gate(right)), *measured, *_told(_origin(left), _origin(right)))


def pair(rows: Sequence[ReleaseRow], query: Mapping[str, str]) -> dict[str, object]:
    """Return what the page needs of two releases: those of the query, else the newest two, canary and control first."""
    readable = {row.version: row.manifest for row in rows if row.manifest is not None}
    ranks = {"canary": 0, "control": 1, "control and canary": 1}
    usual = sorted(rows, key=lambda row: ranks.get(row.role, 2))
    names = [row.version for row in usual if row.version in readable]
    first, second, *_ = (*names, "", "")
    left, right = query.get("left", ""), query.get("right", "")
    left, right = (left if left in readable else first, right if right in readable else second)
    one, other = readable.get(left), readable.get(right)
    facts = () if one is None or other is None else side_by_side(one, other)
    is_same_fold = one is not None and other is not None and one.folds.gate == other.folds.gate
    return {"choices": tuple(readable), "left": left, "right": right, "facts": facts, "is_same_fold": is_same_fold}


def _row(one: Listed, roles: Mapping[str, str]) -> ReleaseRow:
    return ReleaseRow(version=one.version, role=roles.get(one.version, ""), manifest=one.manifest, fault=one.fault)


def _told(left: Mapping[str, str], right: Mapping[str, str]) -> list[Fact]:
    return [Fact(name=name, left=text, right=right[name]) for name, text in left.items()]


def _measured(name: str, left: float, right: float) -> Fact:
    texts = [f"{value:.4f}" if value >= 0 else "none" for value in (left, right)]  # a manifest has -1 for none
    left_is_better = left < right if name in LOWER_IS_BETTER else left > right
    better = "" if texts[0] == texts[1] or "none" in texts else "left" if left_is_better else "right"
    return Fact(name=_name(name), left=texts[0], right=texts[1], better=better)


def _name(measure: str) -> str:
    """Return a measure in words; that of a slice is called after both."""
    slice_, _, name = measure.rpartition(": ")
    said = IN_WORDS.get(name, name.replace("_", " ").capitalize())
    return f"{said}, {slice_}" if slice_ else said


def _gate(manifest: Manifest) -> dict[str, str]:
    gate = manifest.gate
    return {
        "Gate": f"{gate.verdict} ({gate.mode})",
        "Reasons": "; ".join(gate.reasons) or "none",
        "Judged": gate.scope(len(CATEGORIES)),
        "Muted": ", ".join(gate.muted) or "none",
        "Expected fallback": f"{manifest.expected_fallback:.1%}",
    }


def _origin(manifest: Manifest) -> dict[str, str]:
    folds = manifest.folds
    labels = sorted(manifest.label_sources.items(), key=lambda item: -item[1])
    return {
        "As of": manifest.as_of,
        "Trained on": _fold(folds.train),
        "Calibrated on": _fold(folds.calibrate),
        "Judged on": _fold(folds.gate),
        "Served": f"fitted again on {_fold(manifest.served_rows)}" if manifest.is_refitted else "the judged model",
        "Labels": ", ".join(f"{name} {count:,}" for name, count in labels) or "none",
        "Features": manifest.feature_version,
        "Data": manifest.mart_fingerprint[:12],
        "Code": f"{manifest.git_commit[:12]}, seed {manifest.seed}",
    }


def _fold(fold: FoldSummary) -> str:
    return f"{fold.first_day} to {fold.last_day}, {fold.rows:,} rows"

"""Gate: whether a model is good enough to be served, on the gate fold only, with every reason."""

from collections.abc import Collection
from enum import StrEnum
from math import ceil, isfinite
from typing import Final

from schemas.taxonomy import CATEGORIES
from scorer.model.thresholds import Thresholds
from scorer.release.manifest import PASS, Gate
from trainer.evaluation.category_report import SUPPORT
from trainer.evaluation.champion_comparison import ChampionComparison
from trainer.evaluation.evaluate import Slice
from trainer.evaluation.gate_mode import GateMode
from trainer.evaluation.mute import unproven
from trainer.evaluation.rules_baseline import RulesBaseline

MIN_MACRO_F1: Final = 0.72
MIN_CATEGORY_F1: Final = 0.60
MAX_ECE: Final = 0.05
ECE_ROWS: Final = 5_000  # a perfect calibrator shows .037 on 500 rows
MIN_EFFECTIVE_ROWS: Final = 200.0
MIN_CATEGORIES: Final = 5  # that must be judged, or all that were seen where these are fewer
MIN_JUDGED_SHARE: Final = 0.70  # of the gate fold's rows that the judged categories must hold
MAX_LOSS: Final = 0.01  # of macro-F1 against the champion


class GateVerdict(StrEnum):
    """What the gate decided."""

    PASS = PASS
    REFUSED = "REFUSED"
    INCONCLUSIVE = "INCONCLUSIVE"


def evaluate_gate(
    slice_: Slice,
    *,
    mode: GateMode,
    seen: Collection[str],
    thresholds: Thresholds,
    champion: ChampionComparison | None = None,
    rules: RulesBaseline | None = None,
    calibration: str | None = None,
) -> Gate:
    """Return the verdict on the slice of the whole gate fold, whose categories have intervals.

    ``seen`` are the categories that have a label in any fold, those of the slice included; ``thresholds`` were chosen
    on the calibration fold. ``rules`` is None where the rules were not asked; ``calibration`` says how it worsened, if
    it did.
    """
    weak = tuple(report.category for report in slice_.categories if report.f1_high < MIN_CATEGORY_F1)
    judged = tuple(report.category for report in slice_.categories if report.is_judged)
    share = sum(report.support for report in slice_.categories if report.is_judged) / slice_.rows
    missing = _missing(slice_, seen, judged)
    scope = _scope_faults(share, judged, seen, missing)
    is_narrow = bool(scope)

    refusals = [] if mode is GateMode.MUTE else _weak_lines(slice_, weak)
    refusals += _refusals(slice_, champion, rules)
    unknowns = [*scope, *_unknowns(slice_), *_unproven(thresholds)]
    if slice_.macro_f1 < MIN_MACRO_F1:
        line = f"macro-F1 {slice_.macro_f1:.3f} is below {MIN_MACRO_F1}"
        # A mean over categories that nobody could judge is no proof unless its whole interval lies below.
        if is_narrow and slice_.macro_f1_high >= MIN_MACRO_F1:
            unknowns.append(f"{line}, but may be up to {slice_.macro_f1_high:.3f} with so few merchants")
        else:
            refusals.append(line)
    unknowns += [] if calibration is None else [calibration]
    verdict = GateVerdict.REFUSED if refusals else GateVerdict.INCONCLUSIVE if unknowns else GateVerdict.PASS

    muted = weak if mode is GateMode.MUTE else ()
    notes = [f"{category} is muted: its F1 is below {MIN_CATEGORY_F1}" for category in muted]
    if verdict is GateVerdict.PASS:
        # What may only be shadowed keeps its thresholds: shadow shows what it would have answered.
        silent = tuple(name for name in unproven(thresholds, judged) if name not in muted)
        notes += _unjudged_notes(missing, silent)
        muted += silent
    notes += _unmeasured_notes(slice_, rules)
    return Gate(
        verdict=verdict.value,
        mode=mode.value,
        reasons=(*refusals, *unknowns, *notes),
        muted=muted,
        judged=judged,
        seen=tuple(category.value for category in CATEGORIES if category.value in seen),
        judged_share=round(share, 6),
        missing=missing,
    )


def _missing(slice_: Slice, seen: Collection[str], judged: Collection[str]) -> dict[str, int]:
    """Return about how many rows more each category that was seen and not judged needs."""
    reports = {report.category: report for report in slice_.categories}
    without_rows = ceil(SUPPORT * slice_.design_effect)
    names = [category.value for category in CATEGORIES if category.value in seen and category.value not in judged]
    return {name: reports[name].missing if name in reports else without_rows for name in names}


def _scope_faults(share: float, judged: Collection[str], seen: Collection[str], missing: dict[str, int]) -> list[str]:
    """Return why too little was judged, with what each category lacks; nothing where enough was."""
    needed = min(MIN_CATEGORIES, len(seen))
    found = []
    if len(judged) < needed:
        found.append(f"{len(judged)} of {len(seen)} categories could be judged, {needed} are needed")
    if share < MIN_JUDGED_SHARE:
        found.append(f"the judged categories cover {share:.0%} of the rows, {MIN_JUDGED_SHARE:.0%} are needed")
    if found and missing:
        lacks = ", ".join(f"{name} {rows:,}" for name, rows in missing.items())
        found.append(f"labelled rows still missing in the gate fold, about, to judge each category: {lacks}")
    return found


def _weak_lines(slice_: Slice, weak: Collection[str]) -> list[str]:
    return [
        f"{report.category}: F1 {report.f1:.3f} (95 %: {report.f1_low:.3f} to {report.f1_high:.3f}) is below "
        f"{MIN_CATEGORY_F1} ({report.support} rows)"
        for report in slice_.categories
        if report.category in weak
    ]


def _refusals(slice_: Slice, champion: ChampionComparison | None, rules: RulesBaseline | None) -> list[str]:
    found = []
    if slice_.rows >= ECE_ROWS and slice_.ece > MAX_ECE:
        found.append(f"calibration error {slice_.ece:.3f} is above {MAX_ECE}")
    if champion is not None and champion.lower_bound <= -MAX_LOSS:
        found.append(
            f"macro-F1 may be {-champion.lower_bound:.3f} below champion {champion.champion}, {MAX_LOSS} is allowed"
        )
    if rules is not None and rules.high is not None and rules.high < 0:
        found.append(
            f"the rules are right more often: {rules.rules_accuracy:.3f} against {rules.model_accuracy:.3f} on "
            f"{rules.rows:,} rows of {rules.merchants:,} merchants that both answer (95 %: the model is at least "
            f"{-rules.high:.3f} worse)"
        )
    return found


def _unknowns(slice_: Slice) -> list[str]:
    measures = {
        "macro-F1": slice_.macro_f1,
        "accuracy": slice_.accuracy,
        "log-loss": slice_.log_loss,
        "ECE": slice_.ece,
    }
    found = [f"{name} is not a finite number: it was not measured" for name, x in measures.items() if not isfinite(x)]
    effective = slice_.rows / slice_.design_effect
    if not effective >= MIN_EFFECTIVE_ROWS:
        found.append(
            f"{slice_.rows} rows are worth {effective:.0f} independent ones, {MIN_EFFECTIVE_ROWS:.0f} are needed"
        )
    return found


def _unproven(thresholds: Thresholds) -> list[str]:
    """Return that the model's answers together prove nothing, where that was tested."""
    if thresholds.everything is None or thresholds.everything.bound is not None:
        return []
    wanted = f"{thresholds.wanted_precision:.2f}"
    return [f"nothing proves on the calibration fold that the model's answers together are right for {wanted}"]


def _unjudged_notes(missing: dict[str, int], silent: Collection[str]) -> list[str]:
    served = [name for name in missing if name not in silent]
    found = []
    if served:
        found.append(f"not judged, served only above a threshold proven on the calibration fold: {', '.join(served)}")
    without_proof = [name for name in silent if name in missing]
    without_label = [name for name in silent if name not in missing]
    if without_proof:
        found.append(f"not judged and muted, since nothing proves a threshold: {', '.join(without_proof)}")
    if without_label:
        found.append(f"muted, since no label names them: {', '.join(without_label)}")
    return found


def _unmeasured_notes(slice_: Slice, rules: RulesBaseline | None) -> list[str]:
    found = []
    if slice_.rows < ECE_ROWS:
        found.append(
            f"calibration error was not judged: the gate fold has {slice_.rows:,} rows, {ECE_ROWS:,} are needed"
        )
    if rules is None:
        found.append("the rules were not asked: the model was not compared with them")
    elif rules.high is None:
        found.append(
            f"not compared with the rules: both answer {rules.rows:,} rows of {rules.merchants:,} merchants only"
        )
    return found

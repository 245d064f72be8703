"""Gate: whether a model is good enough to be served, on the gate fold only, with every reason."""

from collections.abc import Collection
from enum import StrEnum
from math import ceil, isfinite
from typing import Final

from schemas.taxonomy import CATEGORIES
from scorer.model.thresholds import Thresholds
from scorer.release.manifest import PASS, Gate
from trainer.evaluation.category_report import SUPPORT
from trainer.evaluation.champion_comparison import Rivalry
from trainer.evaluation.evaluate import View
from trainer.evaluation.gate_mode import Mode
from trainer.evaluation.mute import unproven
from trainer.evaluation.rules_baseline import RulesBaseline

LOWEST_MACRO_F1: Final = 0.72
LOWEST_CATEGORY_F1: Final = 0.60
LARGEST_ECE: Final = 0.05
ECE_ROWS: Final = 5_000  # a perfect calibrator shows .037 on 500 rows
FEWEST_EFFECTIVE_ROWS: Final = 200.0
FEWEST_CATEGORIES: Final = 5  # that must be judged, or all that were seen where these are fewer
LOWEST_SHARE: Final = 0.70  # of the gate fold's rows that the judged categories must hold
LARGEST_LOSS: Final = 0.01  # of macro-F1 against the champion


class Verdict(StrEnum):
    """The gate's word."""

    PASS = PASS
    REFUSED = "REFUSED"
    INCONCLUSIVE = "INCONCLUSIVE"


def judge(
    view: View,
    *,
    mode: Mode,
    seen: Collection[str],
    thresholds: Thresholds,
    rivalry: Rivalry | None = None,
    rules: RulesBaseline | None = None,
    calibration: str | None = None,
) -> Gate:
    """Return the verdict on the view of the whole gate fold, whose categories have intervals.

    ``seen`` are the categories that have a label in any fold, the view's included; ``thresholds`` those chosen on the
    calibration fold. ``rules`` is None where nobody asked the rules; ``calibration`` says how it worsened, if it did.
    """
    weak = tuple(report.category for report in view.categories if report.f1_high < LOWEST_CATEGORY_F1)
    judged = tuple(report.category for report in view.categories if report.is_judged)
    share = sum(report.support for report in view.categories if report.is_judged) / view.rows
    missing = _missing(view, seen, judged)
    scope = _scope_faults(share, judged, seen, missing)
    is_narrow = bool(scope)

    refusals = [] if mode is Mode.MUTE else _weak_lines(view, weak)
    refusals += _refusals(view, rivalry, rules)
    unknowns = [*scope, *_unknowns(view)]
    if view.macro_f1 < LOWEST_MACRO_F1:
        line = f"macro-F1 {view.macro_f1:.3f} is below {LOWEST_MACRO_F1}"
        # A mean over categories that nobody could judge is no proof unless its whole interval lies below.
        if is_narrow and view.macro_f1_high >= LOWEST_MACRO_F1:
            unknowns.append(f"{line}, but may be up to {view.macro_f1_high:.3f} with so few merchants")
        else:
            refusals.append(line)
    unknowns += [] if calibration is None else [calibration]
    verdict = Verdict.REFUSED if refusals else Verdict.INCONCLUSIVE if unknowns else Verdict.PASS

    muted = weak if mode is Mode.MUTE else ()
    notes = [f"{category} is muted: its F1 is below {LOWEST_CATEGORY_F1}" for category in muted]
    if verdict is Verdict.PASS:
        # What may only be shadowed keeps its thresholds: shadow shows what it would have answered.
        silent = tuple(name for name in unproven(thresholds, judged) if name not in muted)
        notes += _unjudged_notes(missing, silent)
        muted += silent
    notes += _unmeasured_notes(view, rules)
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


def _missing(view: View, seen: Collection[str], judged: Collection[str]) -> dict[str, int]:
    """Return about how many rows more each category that was seen and not judged needs."""
    reports = {report.category: report for report in view.categories}
    without_rows = ceil(SUPPORT * view.design_effect)
    names = [category.value for category in CATEGORIES if category.value in seen and category.value not in judged]
    return {name: reports[name].missing if name in reports else without_rows for name in names}


def _scope_faults(share: float, judged: Collection[str], seen: Collection[str], missing: dict[str, int]) -> list[str]:
    """Return why too little was judged, with what each category lacks; nothing where enough was."""
    needed = min(FEWEST_CATEGORIES, len(seen))
    found = []
    if len(judged) < needed:
        found.append(f"{len(judged)} of {len(seen)} categories could be judged, {needed} are needed")
    if share < LOWEST_SHARE:
        found.append(f"the judged categories cover {share:.0%} of the rows, {LOWEST_SHARE:.0%} are needed")
    if found and missing:
        lacks = ", ".join(f"{name} {rows:,}" for name, rows in missing.items())
        found.append(f"labelled rows still missing in the gate fold, about, to judge each category: {lacks}")
    return found


def _weak_lines(view: View, weak: Collection[str]) -> list[str]:
    return [
        f"{report.category}: F1 {report.f1:.3f} (95 %: {report.f1_low:.3f} to {report.f1_high:.3f}) is below "
        f"{LOWEST_CATEGORY_F1} ({report.support} rows)"
        for report in view.categories
        if report.category in weak
    ]


def _refusals(view: View, rivalry: Rivalry | None, rules: RulesBaseline | None) -> list[str]:
    found = []
    if view.rows >= ECE_ROWS and view.ece > LARGEST_ECE:
        found.append(f"calibration error {view.ece:.3f} is above {LARGEST_ECE}")
    if rivalry is not None and rivalry.lower_bound <= -LARGEST_LOSS:
        found.append(
            f"macro-F1 may be {-rivalry.lower_bound:.3f} below champion {rivalry.champion}, {LARGEST_LOSS} is allowed"
        )
    if rules is not None and rules.high is not None and rules.high < 0:
        found.append(
            f"the rules are right more often: {rules.rules_accuracy:.3f} against {rules.model_accuracy:.3f} on "
            f"{rules.rows:,} rows of {rules.merchants:,} merchants that both answer (95 %: the model is at least "
            f"{-rules.high:.3f} worse)"
        )
    return found


def _unknowns(view: View) -> list[str]:
    measures = {"macro-F1": view.macro_f1, "accuracy": view.accuracy, "log-loss": view.log_loss, "ECE": view.ece}
    found = [f"{name} is not a finite number: it was not measured" for name, x in measures.items() if not isfinite(x)]
    effective = view.rows / view.design_effect
    if not effective >= FEWEST_EFFECTIVE_ROWS:
        found.append(
            f"{view.rows} rows are worth {effective:.0f} independent ones, {FEWEST_EFFECTIVE_ROWS:.0f} are needed"
        )
    return found


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


def _unmeasured_notes(view: View, rules: RulesBaseline | None) -> list[str]:
    found = []
    if view.rows < ECE_ROWS:
        found.append(f"calibration error was not judged: the gate fold has {view.rows:,} rows, {ECE_ROWS:,} are needed")
    if rules is None:
        found.append("the rules were not asked: the model was not compared with them")
    elif rules.high is None:
        found.append(
            f"not compared with the rules: both answer {rules.rows:,} rows of {rules.merchants:,} merchants only"
        )
    return found

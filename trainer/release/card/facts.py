"""Facts: where a release comes from, and how much of it was judged and compared, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.taxonomy import CATEGORIES
from scorer.model.known_words import WordingEvidence
from scorer.model.threshold_setting import MUTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from scorer.model.calibration import Calibration
    from scorer.model.rule_floor import RuleFloor
    from scorer.model.thresholds import Thresholds
    from scorer.release.manifest import Gate
    from trainer.evaluation.rules_baseline import RulesBaseline
    from trainer.fit.more_labels import MoreLabels
    from trainer.fit.trained import Trained
    from trainer.release.provenance import Provenance


def facts(trained: Trained, provenance: Provenance) -> list[tuple[str, str]]:
    """Return name and value of everything that is known of the release's origin."""
    folds, calibration, scored = provenance.folds, trained.model.calibration, trained.scored_fold
    found = [
        (name, f"{fold.first_day} to {fold.last_day}, {fold.rows:,} rows")
        for name, fold in (("Trained on", folds.train), ("Calibrated on", folds.calibrate), ("Judged on", folds.gate))
    ]
    found += _served(trained)
    sources = ", ".join(f"{name} {count:,}" for name, count in sorted(provenance.label_sources.items()))
    found += [
        ("Labels by source", sources),
        ("As of", provenance.as_of),
        ("Data", f"SHA-256 {provenance.mart_fingerprint[:12]}… of the training mart"),
        ("Code", f"{provenance.git_commit[:12]}, seed {provenance.seed}"),
        ("Calibration", _calibration(calibration)),
        ("Thresholds", _thresholds(trained.thresholds)),
        *_everything(trained.thresholds),
        *_more_labels(trained.more_labels),
        *_rule_floor(trained.thresholds.rule_floor),
        ("Words that nobody wrote", _words(scored.evidence, trained.thresholds)),
        ("Judged", f"{trained.gate.scope(len(CATEGORIES))} of the gate fold"),
        ("Not judged", _not_judged(trained.gate)),
        ("Against the rules", _against_rules(trained.rules)),
        ("Merchants with a history", f"{scored.is_known.mean():.0%} of the rows it was judged on"),
    ]
    if (bootstrap := provenance.bootstrap) is not None:
        kind = "Cold start" if not bootstrap.real_rows else "Few labels"
        found.append(
            (
                kind,
                f"{bootstrap.invented_rows:,} rows were synthetic (shipped lexicon and simulation) and weighed "
                f"{bootstrap.weight:.3f} each beside {bootstrap.real_rows:,} real ones",
            )
        )
    if trained.champion_comparison is not None:
        comparison = trained.champion_comparison
        found.append(
            (
                "Against the champion",
                f"{comparison.champion}: macro-F1 {comparison.difference:+.3f}, "
                f"at least {comparison.lower_bound:+.3f} (95 %)",
            )
        )
    if provenance.forced is not None:
        forced = provenance.forced
        blocked = "; ".join(forced.blocked_by)
        found.append(("Forced", f"by {forced.actor}: {forced.reason} (against: {blocked})"))
    return found


def _served(trained: Trained) -> list[tuple[str, str]]:
    """Return what taught the served model, where a refit was asked for."""
    report, refitted = trained.refit_report, trained.refitted
    if report is None:
        return []
    if refitted is None:
        return [("Served", f"the judged model: the refit was refused, since {'; '.join(report.refused)}")]
    rows, held = report.rows, report.calibrated_on
    return [
        (
            "Served",
            f"the same recipe fitted again on {rows.first_day} to {rows.last_day}, {rows.rows:,} rows; every measure "
            "on this card is of the judged model",
        ),
        (
            "Served calibration",
            "that of the judged model, as its thresholds and rule floor are: from "
            f"{held.first_day} to {held.last_day}, {held.rows:,} rows that the judged model had not learned "
            f"(ECE {report.ece:.3f} on the gate fold)",
        ),
        ("Golden rows", f"the refit's answers are {report.golden_distance:.3f} from the judged model's (0 to 1)"),
    ]


def _calibration(calibration: Calibration) -> str:
    """Return the method that was chosen, and what it came to."""
    bent = sum(knots is not None for knots in calibration.knots)
    chosen = f"{calibration.method}, of the least cross-fitted log-loss on its fold: " if calibration.method else ""
    return (
        f"{chosen}temperature {calibration.temperature:.3f} where the merchant has a history, "
        f"{calibration.temperature_unknown:.3f} elsewhere; isotonic knots for {bent} categories"
    )


def _thresholds(thresholds: Thresholds) -> str:
    """Return what the thresholds were set for, and for whom they hold; each category's stands in the table."""
    muted = sum(one.value >= MUTED for one in thresholds.by_category.values())
    unknown = "as of all" if thresholds.unknown is None else _threshold(thresholds.unknown.value)
    return (
        f"set for a precision of {thresholds.wanted_precision:.2f}{_confidence(thresholds)}; "
        f"{muted} of {len(CATEGORIES)} categories muted; "
        f"merchants without a history: {unknown}; a rollout record may override them (`ledgermind thresholds`)"
    )


def _confidence(thresholds: Thresholds) -> str:
    return "" if thresholds.confidence is None else f", in at least {thresholds.confidence:.0%} of calibration folds"


def _everything(thresholds: Thresholds) -> list[tuple[str, str]]:
    """Return what all of the model's answers together prove; nothing where that was not tested."""
    everything = thresholds.everything
    if everything is None:
        return []
    if everything.precision is None or everything.bound is None:
        said = f"not proven on {everything.rows:,} rows of the calibration fold"
    else:
        said = (
            f"{everything.precision:.3f} of {everything.rows:,} rows of {everything.merchants:,} merchants on the "
            f"calibration fold, at least {everything.bound:.3f} (95 %); each merchant's rows count under thresholds "
            "that others chose"
        )
    return [("Everything that the model answers", said)]


def _more_labels(found: Sequence[MoreLabels]) -> list[tuple[str, str]]:
    """Return what a bound that holds costs in coverage, and what more labels would buy back."""
    shares = "; ".join(
        f"{one.name} {one.coverage:.3f}{'' if one.precision is None else f', precision {one.precision:.3f}'}"
        for one in found
    )
    said = f"coverage of the gate fold by the model, if as many more labels were as often right: {shares}"
    return [("What a bound costs", said)] if found else []


def _rule_floor(floor: RuleFloor | None) -> list[tuple[str, str]]:
    """Return how probable the model must find a rule's category, and what that rests on; nothing without a floor."""
    if floor is None:
        return []
    if floor.precision is None or floor.bound is None or floor.served_bound is None:
        said = f"every one, except those that override: no floor is proven on {floor.rows:,} rows"
    else:
        said = (
            "where the model is not sure enough of its own answer, a rule is served if the model gives its category "
            f"{floor.value:.2f} or more; on the calibration fold {floor.precision:.3f} of {floor.rows:,} such answers "
            f"were right, at least {floor.bound:.3f}, and of everything served at least {floor.served_bound:.3f} "
            "(95 % each)"
        )
    return [("Rules that the model doubts", said)]


def _words(evidence: npt.NDArray[np.uint8], thresholds: Thresholds) -> str:
    """Return what is answered to wordings without a known word, and how many rows of the gate fold are such."""
    parts, nothing = (float((evidence == kind).mean()) for kind in (WordingEvidence.FRAGMENTS, WordingEvidence.NONE))
    return (
        f"no known word, only parts of words: {_threshold(thresholds.fragments)} ({parts:.1%} of the gate fold); "
        f"nothing known: never served ({nothing:.1%})"
    )


def _threshold(value: float) -> str:
    return "muted" if value >= MUTED else f"from {value:.3f} on"


def _not_judged(gate: Gate) -> str:
    """Return the categories that were seen and not judged, with what each lacks."""
    if not gate.missing:
        return "none"
    lacks = ", ".join(f"{name} {rows:,}" for name, rows in gate.missing.items())
    return f"each with about how many labelled rows it lacks in the gate fold: {lacks}"


def _against_rules(rules: RulesBaseline | None) -> str:
    if rules is None:
        return "not measured: the rules were not asked"
    answered = f"the rules answer {rules.answered:.0%} of the rows"
    if rules.low is None or rules.high is None:
        return f"{answered}; not compared: both answer {rules.rows:,} rows of {rules.merchants:,} merchants only"
    return (
        f"{answered}; where both answer ({rules.rows:,} rows of {rules.merchants:,} merchants, no label from a rule) "
        f"the rules are right for {rules.rules_accuracy:.3f}, the model for {rules.model_accuracy:.3f}: "
        f"{rules.difference:+.3f}, at least {rules.low:+.3f} and at most {rules.high:+.3f} (95 % each)"
    )

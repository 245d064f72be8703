"""Content: the facts and tables of a card, in words and numbers, for the Markdown and the page alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from schemas.taxonomy import CATEGORIES
from schemas.taxonomy.display import category_name, name_and_id
from scorer.model.threshold_setting import MUTED
from scorer.model.thresholds import Threshold
from trainer.evaluation.category_report import MAX_MERCHANT_SHARE, SUPPORT
from trainer.evaluation.curves import bands, precision_of, recall_of
from trainer.evaluation.gate import GateVerdict
from trainer.evaluation.merchants import DRAWS, MIN_MERCHANTS

if TYPE_CHECKING:
    from scorer.release.manifest import Gate
    from trainer.evaluation.curves import Share
    from trainer.evaluation.evaluate import Slice
    from trainer.fit.trained import Trained

NOT_FOR: Final = (
    "Decisions on credit, employment, insurance or eligibility: a category is a guess about a purchase, not a person.",
    "Wordings or countries that its training never saw, without looking at the slices of unseen merchants first.",
    "Accounting or tax: an answer may be wrong as often as the tables say, and it is not the payer's own word.",
    "Finding fraud: nothing here was trained or judged for it.",
)
_MEANING: Final = {
    GateVerdict.PASS: "It may be served.",
    GateVerdict.REFUSED: "It must not be served; it may run in shadow.",
    GateVerdict.INCONCLUSIVE: "It is not known yet whether it is good enough: it may run in shadow, not be served.",
}


@dataclass(frozen=True, slots=True)
class Table:
    """One table; ``note`` says what its numbers mean, and the first column names its rows."""

    title: str
    note: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def verdict_words(gate: Gate) -> str:
    """Return the gate's verdict and what follows from it."""
    return f"{gate.verdict} ({gate.mode}). {_MEANING[GateVerdict(gate.verdict)]}"


def tables(trained: Trained) -> list[Table]:
    """Return the tables of the card, in the order in which one should read them."""
    first = [_slices(trained), *_everything_served(trained), _bands(trained), _categories(trained)]
    return [*first, _calibration(trained), *_ablation(trained)]


def matrix(trained: Trained) -> Table:
    """Return rows of the truth by columns of the answer, for the categories that have a label."""
    places = [place for place in range(len(CATEGORIES)) if trained.confusion[place].sum()]
    rows = tuple(
        (category_name(CATEGORIES[row]), *(str(trained.confusion[row, column]) for column in places)) for row in places
    )
    note = "Each row is a true category, each column an answer; a cell counts rows of the gate fold."
    return Table("Truth by answer", note, ("truth", *(category_name(CATEGORIES[place]) for place in places)), rows)


def _slices(trained: Trained) -> Table:
    header = ("slice", "rows", "macro-F1", "accuracy", "log-loss", "Brier", "ECE", "coverage", "served precision")
    note = (
        "Rows of the gate fold, which neither training nor calibration saw. Unseen means that training held no such "
        "merchant, or no such first word. Macro-F1 averages the categories that have a label in the slice."
    )
    return Table("How well it did", note, header, tuple(_slice(slice_) for slice_ in trained.slices))


def _everything_served(trained: Trained) -> list[Table]:
    """Return the table of everything that would be served, by who answers; none where the rules were not asked."""
    if not trained.served:
        return []
    note = (
        "Rows of the gate fold whose label no rule gave, as a user of the canary would be served them: the model where "
        "it is sure enough, else a rule that it does not doubt. Intervals are of 95 %, over draws of merchants. The "
        "last line was not served: its precision is that of the rules that the model doubts."
    )
    rows = tuple(
        (
            one.source,
            f"{one.rows:,}",
            f"{one.share:.3f}",
            f"{one.merchants:,}",
            "none" if one.precision is None else f"{one.precision:.3f}",
            "none" if one.low is None or one.high is None else f"{one.low:.3f} to {one.high:.3f}",
        )
        for one in trained.served
    )
    header = ("source", "rows", "share of all", "merchants", "precision", "95 %")
    return [Table("Everything that is served, by source", note, header, rows)]


def _slice(slice_: Slice) -> tuple[str, ...]:
    numbers = (slice_.macro_f1, slice_.accuracy, slice_.log_loss, slice_.brier, slice_.ece, slice_.coverage)
    served = "none" if slice_.served_precision is None else f"{slice_.served_precision:.3f}"
    return (slice_.name, f"{slice_.rows:,}", *(f"{number:.3f}" for number in numbers), served)


def threshold_words(threshold: Threshold) -> str:
    """Return the threshold of merchants with a history, then that of those without where it is another."""
    values = [threshold.value] if threshold.unknown is None else [threshold.value, threshold.unknown]
    return ", ".join("muted" if value >= MUTED else f"{value:.3f}" for value in values)


def _bands(trained: Trained) -> Table:
    note = (
        "How often the answers of each band were right on the gate fold, with 95 % intervals (Wilson; rows of one "
        "merchant count as fewer)."
    )
    rows = tuple(
        (report.band.value, *_counted(report.all), *_counted(report.served))
        for report in bands(
            trained.scored_fold, trained.thresholds.of_rows(trained.scored_fold.is_known, trained.scored_fold.evidence)
        )
    )
    return Table("Bands", note, ("band", "rows", "right", "served rows", "served and right"), rows)


def _categories(trained: Trained) -> Table:
    header = (
        *("category", "rows", "worth", "merchants", "judged", "precision", "recall", "F1", "threshold"),
        *("served", "served precision"),
    )
    note = (
        "Worth is how many independent rows a category's rows amount to; a category is judged from "
        f"{SUPPORT:.0f} of them on, with at least {MIN_MERCHANTS} merchants and none that has more than "
        f"{MAX_MERCHANT_SHARE:.0%} of the rows. Intervals are of 95 %: of precision and recall by Wilson, on what the "
        f"rows are worth; of F1 by {DRAWS:,} draws of merchants. A second threshold is that of merchants without a "
        "history."
    )
    thresholds = {category.value: threshold for category, threshold in trained.thresholds.by_category.items()}
    rows = tuple(
        (
            name_and_id(report.category),
            f"{report.support:,}",
            f"{report.effective:.0f}",
            f"{report.merchants:,}",
            "yes" if report.is_judged else "no",
            _interval(precision_of(trained.scored_fold, _place(report.category))),
            _interval(recall_of(trained.scored_fold, _place(report.category))),
            f"{report.f1:.3f} ({report.f1_low:.2f} to {report.f1_high:.2f})",
            threshold_words(thresholds[report.category]),
            f"{report.served:,}",
            "none" if report.served_precision is None else f"{report.served_precision:.3f}",
        )
        for report in trained.slices[0].categories
    )
    return Table("By category, on the gate fold", note, header, rows)


def _calibration(trained: Trained) -> Table:
    names = {"ece": "ECE, top label", "class_wise_ece": "ECE, class-wise", "log_loss": "log-loss", "brier": "Brier"}
    rows = tuple(
        (names.get(name, name), f"{trained.before[name]:.4f}", f"{value:.4f}") for name, value in trained.after.items()
    )
    note = "Smaller is better in every line."
    return Table("Calibration on the gate fold", note, ("measure", "before", "after"), rows)


def _ablation(trained: Trained) -> list[Table]:
    """Return the table of the ablation, where it was measured."""
    if not trained.ablation:
        return []
    whole = trained.ablation[0]
    rows = tuple(
        (
            item.kind,
            f"{item.macro_f1:.3f}",
            f"{item.macro_f1 - whole.macro_f1:+.3f}",
            "none" if item.unseen_macro_f1 is None else f"{item.unseen_macro_f1:.3f}",
            _loss(item.unseen_macro_f1, whole.unseen_macro_f1),
        )
        for item in trained.ablation
    )
    note = (
        "Macro-F1 on the gate fold with one group of features set to nothing, in a trained model that relies "
        "on it: a model that never had it could do better."
    )
    header = ("without", "macro-F1", "change", "unseen merchants", "change there")
    return [Table("Ablation by feature group", note, header, (("nothing", *rows[0][1:]), *rows[1:]))]


def _loss(value: float | None, whole: float | None) -> str:
    return "none" if value is None or whole is None else f"{value - whole:+.3f}"


def _counted(share: Share | None) -> tuple[str, str]:
    return ("0", "none") if share is None else (f"{share.rows:,}", _interval(share))


def _interval(share: Share | None) -> str:
    return "none" if share is None else f"{share.value:.3f} ({share.low:.2f} to {share.high:.2f})"


def _place(category: str) -> int:
    return next(place for place, name in enumerate(CATEGORIES) if name.value == category)

"""Compare: where the rules and the models of the rollout name different categories, on the newest comparisons.

The sample is bounded and found by an index, as the judge's: what a look costs does not grow with the traffic.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from ops.console.compare_queries import MERCHANTS, PAIRS
from ops.console.settings import DEADLINE_SECONDS, READ_ONLY
from ops.rollout.evidence.session import open_session
from ops.rollout.patience import Patience
from schemas.taxonomy import CATEGORIES, definition
from schemas.text.descriptor import merchant_key, norm_desc

SAMPLE: Final = 20_000  # newest comparisons that are looked at
DISAGREEMENTS: Final = 2_000  # newest of them whose merchant is looked up
HOURS: Final = 24
MOST_SHOWN: Final = 15
SILENT: Final = definition.SILENT  # rules that name nothing, a model that is not sure
STEPS: Final = 5  # of a cell's shade
ORDER: Final = {name: place for place, name in enumerate((*(one.value for one in CATEGORIES), SILENT))}


class HeatCell(Struct, frozen=True):
    """How often the rules and the model said so; ``shade`` is 0 for never, up to STEPS for the most frequent."""

    count: int
    shade: int
    kind: str  # same, other, or silent where one of them named nothing


class MerchantRow(Struct, frozen=True):
    """One merchant that the two disagree about."""

    merchant: str
    rules: str
    model: str
    rule_id: str
    count: int


class LatestDisagreement(Struct, frozen=True):
    """One answer of each, and how sure they were."""

    at: datetime
    merchant: str
    rules: str
    rule_confidence: float | None
    model: str
    model_confidence: float | None


class RulesComparison(Struct, frozen=True, kw_only=True):
    """One release against the rules: ``cells[row][column]`` by category of the rules and of the model."""

    version: str
    versions: tuple[str, ...]
    first: datetime
    last: datetime
    rules: tuple[str, ...]
    models: tuple[str, ...]
    cells: tuple[tuple[HeatCell, ...], ...]
    total: int
    same: int
    other: int
    pairs: tuple[tuple[str, str, int], ...]
    merchants: tuple[MerchantRow, ...]
    latest: tuple[LatestDisagreement, ...]
    looked_up: int


def read_comparison(dsn: str, version: str | None, *, now: datetime) -> RulesComparison | None:
    """Compare a release with the rules, the one with most answers for None; None where no model was asked.

    Raises PostgresError where the warehouse does not answer.
    """
    asked = {"now": now, "hours": HOURS, "sample": SAMPLE, "silent": SILENT, "disagreements": DISAGREEMENTS}
    with open_session(make_conninfo(dsn, options=READ_ONLY), Patience(DEADLINE_SECONDS)) as session:
        rows = session.rows("comparisons", PAIRS, asked)
        answers = Counter[str]()
        for one, _, _, count, _, _ in rows:
            answers[one] += count
        if not answers:
            return None
        chosen = version if version is not None and version in answers else answers.most_common(1)[0][0]
        found = session.rows("merchants", MERCHANTS, {**asked, "version": chosen})
    return arrange(chosen, tuple(sorted(answers)), [row[1:] for row in rows if row[0] == chosen], found)


def arrange(
    version: str, versions: tuple[str, ...], rows: Sequence[TupleRow], found: Sequence[TupleRow]
) -> RulesComparison:
    """Return the picture of one release; a row is rules, model, count and the first and last time.

    ``found`` are its disagreements, as MERCHANTS gives them.
    """
    counts = {(rules, model): count for rules, model, count, _, _ in rows}
    rules_names, model_names = (sorted({pair[side] for pair in counts}, key=_order) for side in (0, 1))
    most = max(counts.values())
    disagreeing = {pair: count for pair, count in counts.items() if _kind(*pair) == "other"}
    return RulesComparison(
        version=version,
        versions=versions,
        first=min(row[3] for row in rows),
        last=max(row[4] for row in rows),
        rules=tuple(rules_names),
        models=tuple(model_names),
        cells=tuple(tuple(_cell(rules, model, counts, most) for model in model_names) for rules in rules_names),
        total=sum(counts.values()),
        same=sum(count for pair, count in counts.items() if _kind(*pair) == "same"),
        other=sum(disagreeing.values()),
        pairs=tuple((*pair, count) for pair, count in Counter(disagreeing).most_common(MOST_SHOWN)),
        merchants=by_merchant([row[:4] for row in found]),
        latest=latest_of(found),
        looked_up=len(found),
    )


def by_merchant(rows: Sequence[TupleRow]) -> tuple[MerchantRow, ...]:
    """Return the merchants that are disagreed about most; a row is rules, model, rule id and description.

    Descriptions go no further than this: a key holds the merchant's words, and one without a letter is not shown.
    """
    counts = Counter((_merchant(description), *said) for *said, description in rows)
    return tuple(
        MerchantRow(merchant, rules, model, rule_id, count)
        for (merchant, rules, model, rule_id), count in counts.most_common(MOST_SHOWN)
    )


def latest_of(rows: Sequence[TupleRow]) -> tuple[LatestDisagreement, ...]:
    """Return the newest disagreements, of rows as MERCHANTS gives them, the newest first."""
    return tuple(
        LatestDisagreement(at, _merchant(description), rules, rule_confidence, model, model_confidence)
        for rules, model, _, description, at, rule_confidence, model_confidence in rows[:MOST_SHOWN]
    )


def _merchant(description: str) -> str:
    key = merchant_key(norm_desc(description))
    return key if any(map(str.isalpha, key)) else "no name"


def _cell(rules: str, model: str, counts: dict[tuple[str, str], int], most: int) -> HeatCell:
    """Shade by the root of the count: a few disagreements are seen beside many agreements."""
    count = counts.get((rules, model), 0)
    shade = 0 if not count else max(1, round(STEPS * (count / most) ** 0.5))
    return HeatCell(count, shade, _kind(rules, model))


def _kind(rules: str, model: str) -> str:
    if SILENT in (rules, model):
        return SILENT
    return "same" if rules == model else "other"


def _order(name: str) -> int:
    return ORDER.get(name, len(ORDER))

"""Evaluation: a release against labels that it has not learned, on the transactions as a worker would read them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import psycopg
from psycopg.rows import TupleRow

from ops.errors import OpsError
from ops.local.postgres import connect
from ops.warehouse.raw_transaction import FIELDS, value_of
from schemas.taxonomy import CATEGORIES
from scorer.release.release import Release
from streams.process.batch_types import Record
from streams.process.pipeline import decode
from trainer.dataset.table import label_indices
from trainer.evaluation.evaluate import Slice, evaluate

# As raw.label_use has it: a release may have learned whatever had a label by its as_of, corrected since or not. A
# rule's label says only that the rules agree with themselves; demonstrations and zero amounts say nothing.
_UNLEARNED: Final = f"""
select {FIELDS}, labels.label, labels.first_observed_at
from intermediate.int_settled_labels as labels
inner join lateral (
    select * from raw.transactions as landed
    where
        landed.user_id = labels.user_id and landed.account_id = labels.account_id and landed.txn_id = labels.txn_id
        and landed.deleted_at is null
    order by landed.loaded_at desc, landed.source_offset desc
    limit 1
) as transactions on true
where
    labels.first_observed_at > %(learned_until)s
    and labels.label_observed_at < %(until)s
    and labels.label_source <> 'rule'
    and transactions.amount <> 0
    and not starts_with(labels.user_id, 'demo-')
order by labels.first_observed_at desc
limit %(rows)s
"""  # noqa: S608 - the columns are a constant
_KEPT: Final = 2  # columns beside the record's own


class NoLabelsError(OpsError):
    """There is no label that the release has not learned."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a release is worth on labels first observed after ``learned_until``, the newest of them at ``until``."""

    measured: Slice
    learned_until: datetime
    until: datetime


def evaluate_release(dsn: str, release: Release, *, until: datetime, rows: int) -> Evaluation:
    """Ask ``release`` about the newest ``rows`` transactions whose labels it cannot have learned.

    ``until`` is the time that counts as now. Raises PostgresError where nobody answers, NoLabelsError where there is no
    such label.
    """
    learned_until = datetime.fromisoformat(release.manifest.as_of)
    window = {"learned_until": learned_until, "until": until, "rows": rows}
    with connect(dsn) as connection:
        found = _read(connection, window)
    records = [Record(0, place, 0, str(row[1]).encode(), value_of(row[:-_KEPT])) for place, row in enumerate(found)]
    decoded = decode(records)
    if not decoded.records:
        raise NoLabelsError(
            f"no label was first observed after {learned_until:%Y-%m-%d %H:%M} UTC, until when {release.version} "
            "learned: land or import later labels, then run `ledgermind warehouse build`"
        )
    kept = [found[record.offset] for record in decoded.records]
    answers = release.answer(decoded.transactions, decoded.descriptors)
    bars = np.repeat(answers.bars[:, None], len(CATEGORIES), axis=1)
    labels = label_indices([str(row[-_KEPT]) for row in kept])
    measured = evaluate(
        "labels not learned",
        answers.probabilities,
        labels,
        [descriptor.merchant_key for descriptor in decoded.descriptors],
        bars,
    )
    return Evaluation(measured, learned_until, max(row[-1] for row in kept))


def _read(connection: psycopg.Connection[TupleRow], window: dict[str, object]) -> list[TupleRow]:
    return connection.execute(_UNLEARNED.encode(), window).fetchall()

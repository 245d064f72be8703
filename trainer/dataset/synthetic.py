"""Synthetic: rows without a label of a user, from the shipped lexicon and a simulation, and their sample weight.

They stand before every real row, give no merchant a history, teach nothing of how a bank writes a line, and count the
less the more real rows there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from schemas.events.transaction import Transaction
from schemas.taxonomy import CATEGORIES
from scorer.model.lexicon import Document, Vocabulary
from trainer.dataset.from_transactions import build_table
from trainer.dataset.table import TrainingTable

REAL_ROWS_WITHOUT_SYNTHETIC: Final = 10_000  # from here on they add little (docs/EXPERIMENTS.md)
SYNTHETIC_TOTAL_WEIGHT: Final = 2_000.0  # in real rows, while there is hardly a real one
HALF_WEIGHT_AT: Final = 1_000.0  # real rows at which that is halved


@dataclass(frozen=True, slots=True)
class SyntheticRows:
    """Synthetic rows as a table without histories, and the transactions that they were made from."""

    table: TrainingTable
    transactions: tuple[Transaction, ...]


def make_synthetic_rows(
    simulated: Sequence[Transaction],
    labels: Sequence[str],
    documents: Sequence[Document],
    *,
    vocabulary: Vocabulary,
    seed: int,
) -> SyntheticRows:
    """Return simulated transactions and, once each, the lexicon's names and phrases.

    A document has amount, time, channel and code of some simulated transaction of its category.
    """
    dice = np.random.default_rng(seed)
    of_category: dict[str, list[int]] = {}
    for place, label in enumerate(labels):
        of_category.setdefault(label, []).append(place)
    from_lexicon, named = [], []
    for number, document in enumerate(dict.fromkeys(documents)):
        category = CATEGORIES[document.category].value
        models = of_category.get(category)
        if not models or not document.text:
            continue
        model = simulated[models[int(dice.integers(len(models)))]]
        from_lexicon.append(_to_transaction(document, model, number))
        named.append(category)
    transactions = (*simulated, *from_lexicon)
    table = build_table(transactions, [*labels, *named], vocabulary=vocabulary, label_delay_seconds=1)
    without_histories = replace(
        table,
        written=("",) * len(table),  # no bank wrote them: what stands around a name is not learnt from a guess
        prior=np.zeros_like(table.prior),
        support=np.zeros_like(table.support),
    )
    return SyntheticRows(without_histories, transactions)


def drop_merchant_keys(table: TrainingTable) -> TrainingTable:
    """Return the rows without the keys of their merchants: a synthetic label must not become a merchant's history."""
    return replace(table, keys=("",) * len(table))


def synthetic_weight(real: int, synthetic: int) -> float:
    """Return the weight of one synthetic row beside ``real`` rows that somebody labelled; 0 is left out."""
    if not synthetic or real >= REAL_ROWS_WITHOUT_SYNTHETIC:
        return 0.0
    return min(1.0, SYNTHETIC_TOTAL_WEIGHT / synthetic * HALF_WEIGHT_AT / (HALF_WEIGHT_AT + real)) if real else 1.0


def add_synthetic(real: TrainingTable, synthetic: TrainingTable) -> TrainingTable:
    """Return real rows behind synthetic ones of the weight they deserve, all of these before the first real one."""
    weight = synthetic_weight(len(real), len(synthetic))
    if weight == 0.0:
        return real
    back = int(real.occurred_at[0]) - int(synthetic.observed_at.max()) - 1
    shift = min(back, 0)
    return TrainingTable(
        txn_ids=(*synthetic.txn_ids, *real.txn_ids),
        accounts=(*synthetic.accounts, *real.accounts),
        occurred_at=np.concatenate((synthetic.occurred_at + shift, real.occurred_at)),
        observed_at=np.concatenate((synthetic.observed_at + shift, real.observed_at)),
        labels=np.concatenate((synthetic.labels, real.labels)),
        sources=(*synthetic.sources, *real.sources),
        norms=(*synthetic.norms, *real.norms),
        keys=(*("",) * len(synthetic), *real.keys),
        written=(*synthetic.written, *real.written),
        numeric=np.concatenate((synthetic.numeric, real.numeric)),
        prior=np.concatenate((synthetic.prior, real.prior)),
        support=np.concatenate((synthetic.support, real.support)),
        row_weight_factor=np.concatenate((np.full(len(synthetic), weight), np.ones(len(real)))),
    )


def _to_transaction(document: Document, model: Transaction, number: int) -> Transaction:
    return Transaction(
        schema_version=model.schema_version,
        txn_id=f"word-{number:06d}",
        user_id=model.user_id,
        account_id=model.account_id,
        occurred_at=model.occurred_at,
        amount=model.amount,
        currency=model.currency,
        description=document.text,
        mcc=model.mcc,
        channel=model.channel,
    )

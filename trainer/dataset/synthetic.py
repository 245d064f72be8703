"""Synthetic: rows that nobody labelled, from the shipped vocabulary and a simulation, and how much they count.

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

ENOUGH: Final = 10_000  # real rows from which invented ones are left out: what they add dwindles (docs/MODEL.md)
WORTH: Final = 2_000.0  # real rows that all invented ones together weigh as long as there is hardly a real one
HALVED_AT: Final = 1_000.0  # real rows at which that is halved


@dataclass(frozen=True, slots=True)
class Invented:
    """Invented rows as a table without histories, and the transactions that they were made from."""

    table: TrainingTable
    transactions: tuple[Transaction, ...]


def invent(
    simulated: Sequence[Transaction],
    labels: Sequence[str],
    documents: Sequence[Document],
    *,
    vocabulary: Vocabulary,
    seed: int,
) -> Invented:
    """Return simulated transactions and, once each, the vocabulary's names and phrases.

    A document has amount, time, channel and code of some simulated transaction of its category.
    """
    dice = np.random.default_rng(seed)
    of_category: dict[str, list[int]] = {}
    for place, label in enumerate(labels):
        of_category.setdefault(label, []).append(place)
    dressed, named = [], []
    for number, document in enumerate(dict.fromkeys(documents)):
        category = CATEGORIES[document.category].value
        models = of_category.get(category)
        if not models or not document.text:
            continue
        model = simulated[models[int(dice.integers(len(models)))]]
        dressed.append(_dress(document, model, number))
        named.append(category)
    transactions = (*simulated, *dressed)
    table = build_table(transactions, [*labels, *named], vocabulary=vocabulary, label_delay_seconds=1)
    without_histories = replace(
        table,
        written=("",) * len(table),  # no bank wrote them: what stands around a name is not to be learnt from a guess
        prior=np.zeros_like(table.prior),
        support=np.zeros_like(table.support),
    )
    return Invented(without_histories, transactions)


def forget_merchants(table: TrainingTable) -> TrainingTable:
    """Return the rows without the keys of their merchants: an invented label must not become a merchant's history."""
    return replace(table, keys=("",) * len(table))


def trust_of(real: int, invented: int) -> float:
    """Return the weight of one invented row beside ``real`` rows that somebody labelled; 0 is left out."""
    if not invented or real >= ENOUGH:
        return 0.0
    return min(1.0, WORTH / invented * HALVED_AT / (HALVED_AT + real)) if real else 1.0


def mix(real: TrainingTable, invented: TrainingTable) -> TrainingTable:
    """Return real rows behind invented ones of the weight they deserve, all of these before the first real one."""
    trust = trust_of(len(real), len(invented))
    if trust == 0.0:
        return real
    back = int(real.occurred_at[0]) - int(invented.observed_at.max()) - 1
    shift = min(back, 0)
    return TrainingTable(
        txn_ids=(*invented.txn_ids, *real.txn_ids),
        accounts=(*invented.accounts, *real.accounts),
        occurred_at=np.concatenate((invented.occurred_at + shift, real.occurred_at)),
        observed_at=np.concatenate((invented.observed_at + shift, real.observed_at)),
        labels=np.concatenate((invented.labels, real.labels)),
        sources=(*invented.sources, *real.sources),
        norms=(*invented.norms, *real.norms),
        keys=(*("",) * len(invented), *real.keys),
        written=(*invented.written, *real.written),
        numeric=np.concatenate((invented.numeric, real.numeric)),
        prior=np.concatenate((invented.prior, real.prior)),
        support=np.concatenate((invented.support, real.support)),
        trust=np.concatenate((np.full(len(invented), trust), np.ones(len(real)))),
    )


def _dress(document: Document, model: Transaction, number: int) -> Transaction:
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

"""Ask rules: what the rules answer to the rows that a model is judged on, by the engine that the worker serves."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import psycopg

from ops.errors import PostgresError
from ops.local.postgres import connect
from ops.warehouse.raw_transaction import FIELDS, value_of
from rules.engine import RuleEngine
from schemas.events.transaction import Transaction
from schemas.text.descriptor import Descriptor, build_descriptor
from streams.process.batch_types import Record
from streams.process.pipeline import decode
from trainer.dataset.table import CATEGORY_INDEX, TrainingTable
from trainer.evaluation.rules_baseline import NO_ANSWER, AskRules, RuleAnswers

# The records that staging stands on, as the worker would read them: with the offset that the time was written with.
_SELECT: Final = f"""
select {FIELDS}
from staging.stg_transactions as staged
inner join raw.transactions as transactions using (source_topic, source_topic_id, source_partition, source_offset)
inner join unnest(%(users)s::text[], %(accounts)s::text[], %(txn_ids)s::text[]) as wanted (user_id, account_id, txn_id)
    on
        staged.user_id = wanted.user_id
        and staged.account_id = wanted.account_id
        and staged.txn_id = wanted.txn_id
"""  # noqa: S608 - the columns are a constant


def ask_rules_of_warehouse(dsn: str, engine: RuleEngine) -> AskRules:
    """Return the rules' answers to rows of the training mart, from the records that landed.

    What it returns raises PostgresError where the warehouse cannot be read.
    """

    def ask(fold: TrainingTable) -> RuleAnswers:
        users, accounts = ([account[part] for account in fold.accounts] for part in (0, 1))
        wanted = {"users": users, "accounts": accounts, "txn_ids": list(fold.txn_ids)}
        with connect(dsn) as connection:
            try:
                found = connection.execute(_SELECT.encode(), wanted).fetchall()
            except psycopg.Error as error:
                line = str(error).strip().partition("\n")[0]
                raise PostgresError(f"the landed transactions cannot be read: {line}") from error
        records = [Record(0, place, 0, str(row[1]).encode(), value_of(row)) for place, row in enumerate(found)]
        decoded = decode(records)
        return _in_order(fold, decoded.transactions, decoded.descriptors, engine)

    return ask


def ask_rules_of(transactions: Iterable[Transaction], engine: RuleEngine) -> AskRules:
    """Return the rules' answers to rows that were made from ``transactions``."""
    by_identity = {_identity(transaction): transaction for transaction in transactions}

    def ask(fold: TrainingTable) -> RuleAnswers:
        known = [by_identity[name] for name in fold.identities if name in by_identity]
        return _in_order(fold, known, [build_descriptor(transaction) for transaction in known], engine)

    return ask


def _in_order(
    fold: TrainingTable, transactions: Sequence[Transaction], descriptors: Sequence[Descriptor], engine: RuleEngine
) -> RuleAnswers:
    """Return the answers in the order of the fold's rows; a row without a transaction has none."""
    answers = engine.answer(transactions, descriptors)
    by_identity = {
        _identity(transaction): (CATEGORY_INDEX[answer.category.value], answer.override)
        for transaction, answer in zip(transactions, answers, strict=True)
        if answer is not None
    }
    found = [by_identity.get(name, (NO_ANSWER, False)) for name in fold.identities]
    return RuleAnswers(
        np.array([category for category, _ in found], dtype=np.int64),
        np.array([is_override for _, is_override in found], dtype=np.bool_),
    )


def _identity(transaction: Transaction) -> tuple[str, str, str]:
    return transaction.user_id, transaction.account_id, transaction.txn_id

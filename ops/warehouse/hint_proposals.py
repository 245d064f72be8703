"""Hint proposals: users who correct one merchant again and again to the same category, as hints that they could set."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, NamedTuple

from ops.local.postgres import connect
from ops.warehouse.migrate import require_migrated
from ops.warehouse.successors import find_successors
from schemas.taxonomy import Category
from schemas.text.descriptor import key_of_line

# Feedback that was sent twice counts once; a transaction is as it was written last.
CORRECTIONS: Final = """
with once as (
    select distinct on (user_id, feedback_id) user_id, account_id, txn_id, category, given_at
    from raw.suggestion_feedback
    where action = 'correct'
    order by user_id, feedback_id, loaded_at, source_offset
)
select once.user_id, once.txn_id, once.category, once.given_at, happened.description, happened.merchant
from once
cross join lateral (
    select record.description, record.merchant
    from raw.transactions as record
    where record.user_id = once.user_id and record.txn_id = once.txn_id
        and (once.account_id is null or record.account_id = once.account_id)
    order by record.loaded_at desc, record.source_offset desc
    limit 1
) as happened
order by once.given_at
"""
HINTED: Final = "select distinct user_id, merchant_key from raw.user_hints where source_topic_id !~ '@'"


class Correction(NamedTuple):
    """One correction of one transaction."""

    user_id: str
    txn_id: str
    category: str
    given_at: datetime
    description: str
    merchant: str | None


class Proposal(NamedTuple):
    """A hint that a user has not set, and on how many transactions it rests."""

    user_id: str
    merchant_key: str
    category: Category
    transactions: int


def read_proposals(dsn: str, *, least: int) -> list[Proposal]:
    """Return what ``propose`` makes of all that has landed; raises PostgresError, psycopg.Error."""
    require_migrated(dsn)
    with connect(dsn) as connection:
        known = {(str(user_id), str(key)) for user_id, key in connection.execute(HINTED)}
        successors = find_successors(connection)
        corrections = (
            one._replace(category=successors.get(one.category, one.category) or one.category)
            for one in map(Correction._make, connection.execute(CORRECTIONS))
        )
        return list(propose(corrections, known=known, least=least))


def propose(corrections: Iterable[Correction], *, known: set[tuple[str, str]], least: int) -> Iterator[Proposal]:
    """Yield a hint for each user and merchant whose last ``least`` corrected transactions are of one category.

    ``corrections`` come in the order in which they were given; who ever set a hint of that merchant is asked nothing.
    """
    last: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for one in corrections:
        key = key_of_line(one.description) or key_of_line(one.merchant or "")
        if key:
            of_merchant = last[one.user_id, key]
            of_merchant.pop(one.txn_id, None)  # the later correction of a transaction stands in its place
            of_merchant[one.txn_id] = one.category
    for (user_id, key), by_transaction in last.items():
        categories = list(by_transaction.values())
        same = next((at for at, name in enumerate(reversed(categories)) if name != categories[-1]), len(categories))
        if same >= least and (user_id, key) not in known and categories[-1] in list(Category):
            yield Proposal(user_id, key, Category(categories[-1]), same)

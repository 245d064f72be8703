"""Unlabelled: the merchants of the newest comparisons that nobody has labelled, read from the raw tables.

The sample is bounded and found by an index, as the judge's: what a look costs does not grow with the traffic.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from psycopg.rows import TupleRow

from ops.labels.next_labels import NewestTransaction, UnlabelledMerchant, Window
from ops.rollout.evidence.session import Session
from ops.rollout.evidence.settled import canary_served
from schemas.events.candidate import SuggestionSource
from schemas.text.descriptor import merchant_key, norm_desc

SAMPLE: Final = 20_000  # newest comparisons that are looked at
NAME: Final = "unlabelled merchants"

NEWEST: Final = f"""
with sample as materialized (
    select * from raw.suggestion_compare
    where compared_at > %(since)s and compared_at <= %(now)s
    order by compared_at desc
    limit %(sample)s
),

newest as (
    select distinct on (event_id)
        user_id, account_id, txn_id, control_category, canary_category, served_source, compared_at,
        jsonb_path_query_first(answers, '$[*] ? (@.role == "champion")') as champion,
        jsonb_path_query_first(answers, '$[*] ? (@.role == "challenger")') as challenger
    from sample
    order by event_id, loaded_at
)
select
    happened.description, newest.user_id, happened.account_id, newest.txn_id, newest.compared_at,
    happened.amount::text, happened.currency, newest.served_source, newest.control_category,
    {canary_served("newest")},
    exists (
        select from raw.transaction_labels as labelled
        where labelled.user_id = newest.user_id and labelled.txn_id = newest.txn_id and labelled.source <> 'rule'
            and (labelled.account_id is null or labelled.account_id = happened.account_id)
    )
from newest
cross join lateral (
    select description, account_id, amount, currency, deleted_at
    from raw.transactions as record
    where record.user_id = newest.user_id and record.txn_id = newest.txn_id
        and (newest.account_id is null or record.account_id = newest.account_id)
    order by record.loaded_at desc, record.source_offset desc
    limit 1
) as happened
where happened.deleted_at is null and happened.amount <> 0
order by newest.compared_at desc
"""  # noqa: S608 - our own parts


def read_window(session: Session, *, now: datetime, days: float) -> Window:
    """Return what the newest comparisons of so many days hold; raises PostgresError where they cannot be read."""
    asked = {"now": now, "since": now - timedelta(days=days), "sample": SAMPLE}
    return arrange(session.rows(NAME, NEWEST, asked))


def arrange(rows: Iterable[TupleRow]) -> Window:
    """Return the merchants of rows of NEWEST, the newest row first; a merchant with one label is labelled."""
    merchants: dict[str, UnlabelledMerchant] = {}
    users: dict[str, set[str]] = {}
    labelled = set[str]()
    transactions = answered = 0
    for description, user, account, txn, compared_at, amount, currency, source, control, canary, has_label in rows:
        is_silent = source == SuggestionSource.NONE.value
        transactions += 1
        answered += not is_silent
        key = merchant_key(norm_desc(description))
        if not any(map(str.isalpha, key)):
            continue  # a line without a name: a label of it says nothing of another
        if has_label:
            labelled.add(key)
        one = merchants.get(key)
        if one is None:
            newest = NewestTransaction(user, account, txn, description, amount, currency, compared_at)
            one = merchants[key] = UnlabelledMerchant(key=key, newest=newest)
        one.transactions += 1
        one.silent += is_silent
        one.differ += control != canary
        users.setdefault(key, set()).add(user)
    for key, one in merchants.items():
        one.users = len(users[key])
    return Window(transactions, answered, [one for key, one in merchants.items() if key not in labelled])

"""Settled: what happened and which label holds of it, joined to an answer; the one join of all who ask both."""


def settled_join(of: str) -> str:
    """Return the joins of ``happened`` (its transaction, as it was written last) and ``settled`` (its label as of now).

    ``of`` is the relation of the answers, with user_id, account_id (null in old ones) and txn_id.
    """
    return f"""
cross join lateral (
    select
        record.description, record.occurred_at, record.amount,
        bool_or(record.deleted_at is not null) over () as is_deleted
    from raw.transactions as record
    where record.user_id = {of}.user_id and record.txn_id = {of}.txn_id
        and ({of}.account_id is null or record.account_id = {of}.account_id)
    order by record.loaded_at desc, record.source_offset desc
    limit 1
) as happened
cross join lateral raw.settled_label(
    {of}.user_id, {of}.account_id, {of}.txn_id, happened.occurred_at, %(now)s
) as settled"""  # noqa: S608 - the name of a relation of ours


def canary_served(of: str) -> str:
    """Return what the canary's policy would have served: its model's answer, else control's that it does not doubt.

    ``of`` is a relation of comparisons, with ``champion`` and ``challenger`` as the answers of these roles.
    """
    return f"""case
        when {of}.canary_category is not null then {of}.canary_category
        when ({of}.challenger ->> 'doubts_rule')::boolean and {of}.challenger ->> 'acceptance' = 'low_confidence'
            and coalesce({of}.champion ->> 'acceptance', '') <> 'accepted' then null
        else {of}.control_category
    end"""


def is_evidence(of: str) -> str:
    """Return the condition on which such a label is evidence: of money that moved, and by somebody who looked."""
    return (
        f"not starts_with({of}.user_id, %(demo_prefix)s) and happened.amount <> 0 and not happened.is_deleted\n"
        "    and settled.label_source <> 'rule'"
    )

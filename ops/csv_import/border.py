"""Border: the day on which one export ends and the next begins, where equal rows may be one transaction or two.

A day that lies within an export is whole in it, so that counting equal rows of the day tells a known one from a new
one. On the last day of one export and the first day of the next neither may be whole: only the user knows.
"""

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from ops.errors import OpsError

if TYPE_CHECKING:
    import psycopg

# Accounts of the file whose rows touch those of earlier imports on one day, and how many equal rows lie there.
_BORDERS: Final = """
with ours as (
    select
        user_id, account_id,
        min(occurred_at at time zone 'UTC')::date as first_day, max(occurred_at at time zone 'UTC')::date as last_day
    from incoming
    where not has_own_id
    group by user_id, account_id
    having bool_or(is_known)
),
touching as (
    select
        ours.user_id, ours.account_id,
        case
            when before.last_day = ours.first_day and before.first_day < ours.first_day
                and ours.last_day > ours.first_day then ours.first_day
            when before.first_day = ours.last_day and before.last_day > ours.last_day
                and ours.first_day < ours.last_day then ours.last_day
        end as border_day
    from ours
    inner join lateral (
        select
            min(occurred_at at time zone 'UTC')::date as first_day,
            max(occurred_at at time zone 'UTC')::date as last_day
        from raw.transactions as record
        where record.user_id = ours.user_id and record.account_id = ours.account_id
            and record.origin = 'import' and record.txn_id like 'row-%'
    ) as before on true
)
"""
_COUNT: Final = f"""
{_BORDERS}
select touching.border_day::text, touching.account_id, count(*)
from touching
inner join incoming on incoming.user_id = touching.user_id and incoming.account_id = touching.account_id
    and incoming.is_known and (incoming.occurred_at at time zone 'UTC')::date = touching.border_day
group by touching.border_day, touching.account_id
order by touching.border_day, touching.account_id
limit 1
"""  # noqa: S608 - made of constants
# Behind the last number that the same content has: the rows are further ones.
_AS_NEW: Final = f"""
{_BORDERS}
update incoming set
    is_known = false,
    txn_id = left(txn_id, 29) || (
        substr(txn_id, 30)::int + (
            select max(substr(record.txn_id, 30)::int)
            from raw.transactions as record
            where record.user_id = incoming.user_id and record.account_id = incoming.account_id
                and left(record.txn_id, 29) = left(incoming.txn_id, 29) and substr(record.txn_id, 30) ~ '^[0-9]{{1,9}}$'
        )
    )::text
from touching
where incoming.user_id = touching.user_id and incoming.account_id = touching.account_id and not incoming.has_own_id
    and (incoming.occurred_at at time zone 'UTC')::date = touching.border_day
    and exists (
        select 1 from raw.transactions as record
        where record.user_id = incoming.user_id and record.account_id = incoming.account_id
            and left(record.txn_id, 29) = left(incoming.txn_id, 29)
    )
"""  # noqa: S608 - made of constants


class Border(StrEnum):
    """What equal rows on a border day are: the same transactions in both exports, or new ones."""

    SAME = "same"
    NEW = "new"


class BorderDoubtError(OpsError):
    """Rows on the border day of two exports are equal, and nobody said what they are; nothing was loaded."""

    exit_code = 2


def settle_border(cursor: "psycopg.Cursor[tuple[object, ...]]", border: Border | None) -> None:
    """Make equal rows on a border day known or new, as asked; raises BorderDoubtError where nothing was asked."""
    if border is Border.SAME:
        return
    if border is Border.NEW:
        cursor.execute(_AS_NEW.encode())
        return
    found = cursor.execute(_COUNT.encode()).fetchone()
    if found is not None:
        day, account_id, count = found
        raise BorderDoubtError(
            f"an earlier import of account {account_id} ends where this file begins or begins where it ends, and "
            f"{count} rows of {day} are equal in both: give --border same if they are the same transactions, or "
            "--border new if they are further ones"
        )

"""Forget statements: which tables hold a user, and what erases a user's rows from each."""

from typing import Final

_OURS: Final = "('raw', 'staging', 'intermediate', 'marts', 'rollout')"
_WITH: Final = """
select held.nspname, known.relname from pg_class as known
inner join pg_namespace as held on held.oid = known.relnamespace
where known.relkind in ('r', 'p') and not known.relispartition
"""
_HAS: Final = """
exists (
    select from pg_attribute as column_of
    where column_of.attrelid = known.oid and column_of.attname = {} and not column_of.attisdropped
)
"""
_USER, _MERCHANT = _HAS.format("'user_id'"), _HAS.format("'merchant_key'")
WITH_USERS: Final = f"{_WITH} and held.nspname in {_OURS} and {_USER} order by held.nspname desc, known.relname"
# Of every user at once, and made anew by the next build.
WITH_MERCHANTS: Final = (
    f"{_WITH} and held.nspname in ('intermediate', 'marts') and {_MERCHANT} and not {_USER}"
    " order by held.nspname, known.relname"
)
# What the landing, imports and the features job write; in one order, or two commands would wait for each other.
WRITTEN: Final = (
    f"{_WITH} and held.nspname = 'raw' and ({_USER} or known.relname = 'dead_letters') order by known.relname"
)

# 244 random bits.
MAKE_KEY: Final = """
insert into erasure.hash_key (hash_key) values (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
on conflict do nothing
"""
BEFORE: Final = """
select
    known.forgotten_at,
    (select count(*) from erasure.refused_rows as refused where refused.user_hash = known.user_hash)
from erasure.forgotten_users as known
where known.user_hash = erasure.hash_of(%(id)s)
"""
# A training reads labels that were observed by its cut-off; one whose end is known read none that landed later. Users
# of demonstrations never reach it. Too many releases are named rather than too few.
TAUGHT: Final = """
select trained.model_version
from (
    select cut_offs.model_version, cut_offs.trained_until, max(runs.finished_at) as finished_at
    from raw.release_cut_offs as cut_offs
    left join raw.ml_training_runs as runs on runs.model_version = cut_offs.model_version
    group by cut_offs.model_version, cut_offs.trained_until
) as trained
where exists (
    select from raw.transaction_labels as label
    where label.user_id = %(user)s and not starts_with(label.user_id, 'demo-')
        and label.observed_at <= trained.trained_until
        and label.loaded_at <= coalesce(trained.finished_at, 'infinity')
)
"""
# By itself: its trigger changes the tables that the query above reads.
MARK: Final = """
insert into erasure.forgotten_users as known (user_hash, releases) values (erasure.hash_of(%(id)s), %(releases)s)
on conflict (user_hash) do update
set releases = array(select distinct named from unnest(known.releases || excluded.releases) as named order by named)
returning releases
"""
READMIT: Final = "delete from erasure.forgotten_users where user_hash = erasure.hash_of(%(id)s)"

DELETE: Final = "delete from {} where user_id = %(user)s"
EMPTY_HINTS: Final = """
update {} set user_id = '', merchant_key = '', preference = null, category = null, created_at = null
where user_id = %(user)s
"""
_EMPTY: Final = "update raw.dead_letters set original_key = null, original_value = null, is_truncated = true where "
EMPTY_NAMED: Final = _EMPTY + "original_key = %(id)s or erasure.user_of(original_value) = %(id)s"
_MENTIONED: Final = "(position(%(id)s in original_key) > 0 or position(%(id)s in original_value) > 0)"
EMPTY_MENTIONED: Final = f"{EMPTY_NAMED} or {_MENTIONED}"
MENTIONS: Final = f"select count(*) from raw.dead_letters where {_MENTIONED}"  # noqa: S608 - a constant

IMPORTS: Final = """
select distinct substring(source_topic from '^import:(.*)$') from raw.transactions
where user_id = %(user)s and origin = 'import'
"""
# An export of one person's account often has the person's name.
EMPTY_IMPORTS: Final = """
update raw.imports as batch set file_name = ''
where batch.import_id = any(%(imports)s) and not exists (
    select from raw.transactions as record where record.source_topic = 'import:' || batch.import_id
)
"""

LINES: Final = "select distinct description from raw.transactions where user_id = %(user)s"
ALONE: Final = """
select key from (
    select unnest(%(keys)s::text[]) as key
    union
    select merchant_key from raw.ml_features where user_id = %(user)s and merchant_key <> ''
) as of_user
where not exists (
    select from raw.ml_features as other where other.merchant_key = of_user.key and other.user_id <> %(user)s
)
"""
DELETE_MERCHANTS: Final = "delete from {} where merchant_key = any(%(keys)s)"
DELETE_SLICES: Final = (
    "delete from marts.mart_model_against_rules where dimension = 'merchant' and value = any(%(keys)s)"
)
# A sign stays evidence, of a merchant without a name.
RENAME_SIGNS: Final = """
update rollout.paired_outcomes set merchant_key = 'forgotten:' || gen_random_uuid() where merchant_key = any(%(keys)s)
"""

-- Feedback as it was given: accept, reject, correct or label.
create table if not exists raw.suggestion_feedback (
    source_topic text not null,
    source_partition integer not null,
    source_offset bigint not null,
    recorded_at timestamptz,
    feedback_id text not null,
    txn_id text not null,
    user_id text not null,
    event_id text,
    action text not null,
    category text,
    source text not null,
    given_at timestamptz not null,
    loaded_at timestamptz not null default now(),
    account_id text,
    source_topic_id text not null default '',
    primary key (source_topic, source_topic_id, source_partition, source_offset)
);
call raw.key_by_topic_id('raw.suggestion_feedback');
-- As it was given: null where the feedback names no account. Rows that landed before the column was there name none.
alter table raw.suggestion_feedback add column if not exists account_id text;
create index if not exists suggestion_feedback_loaded_at on raw.suggestion_feedback using brin (loaded_at);

-- Labels: append-only. What was known at a past time is rebuilt from observed_at and superseded_at, so a row
-- is never rewritten; superseded_at may be set once, where a label is taken back without another in its place.
create table if not exists raw.transaction_labels (
    label_event_id text primary key,
    txn_id text not null,
    user_id text not null,
    label text not null,
    source text not null check (source in ('human', 'rule', 'import')),
    observed_at timestamptz not null,
    superseded_at timestamptz check (superseded_at >= observed_at),
    loaded_at timestamptz not null default now(),
    account_id text
);
-- The account that the label names; null where it names none, and int_label_accounts finds it or refuses the label.
alter table raw.transaction_labels add column if not exists account_id text;
create index if not exists transaction_labels_loaded_at on raw.transaction_labels using brin (loaded_at);

create or replace function raw.refuse_label_change() returns trigger language plpgsql as $$
begin
    if old.superseded_at is null
        and (new.label_event_id, new.txn_id, new.user_id, new.label, new.source, new.observed_at)
        = (old.label_event_id, old.txn_id, old.user_id, old.label, old.source, old.observed_at)
        and new.account_id is not distinct from old.account_id
    then
        return new;
    end if;
    raise exception 'raw.transaction_labels is append-only: add a label event instead';
end
$$;
create or replace trigger transaction_labels_are_append_only
before update on raw.transaction_labels
for each row execute function raw.refuse_label_change();

-- Labels of imports from before the column was there: their name holds the import and the line, as their transaction's
-- address does. Labels of feedback from before it stay without an account.
alter table raw.transaction_labels disable trigger transaction_labels_are_append_only;
update raw.transaction_labels as label set account_id = record.account_id
from raw.transactions as record
where
    label.account_id is null
    and label.source = 'import'
    and label.label_event_id = record.source_topic || ':' || record.source_offset
    and record.origin = 'import'
    and record.txn_id = label.txn_id
    and record.user_id = label.user_id;
alter table raw.transaction_labels enable trigger transaction_labels_are_append_only;

-- Today's label of each transaction: the strongest source, then the latest word. A label that names no account is left
-- out where the user's accounts share the id.
drop view if exists raw.current_labels;
create view raw.current_labels as
with only_accounts as (
    select
        user_id,
        txn_id,
        min(account_id) as account_id
    from raw.transactions
    group by user_id, txn_id
    having min(account_id) = max(account_id)
),

of_accounts as (
    select
        labels.label_event_id,
        labels.user_id,
        labels.txn_id,
        labels.label,
        labels.source,
        labels.observed_at,
        coalesce(labels.account_id, only_accounts.account_id) as account_id
    from raw.transaction_labels as labels
    left join only_accounts on labels.user_id = only_accounts.user_id and labels.txn_id = only_accounts.txn_id
    where labels.observed_at <= now() and (labels.superseded_at is null or labels.superseded_at > now())
)

select distinct on (user_id, account_id, txn_id)
    user_id,
    account_id,
    txn_id,
    label,
    source,
    observed_at
from of_accounts
where account_id is not null
order by
    user_id asc,
    account_id asc,
    txn_id asc,
    case source when 'human' then 3 when 'rule' then 2 else 1 end desc,
    observed_at desc,
    label_event_id desc;

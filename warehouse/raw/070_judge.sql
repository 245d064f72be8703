-- What the judge asks is bounded by a window of time and found by an index, on tables that nobody has analysed too.
-- Times and transaction numbers grow, so their indexes are written at the right edge and cost landing little; the
-- indexes by user and transaction are what joins an answer with its feedback and its label.
create index if not exists suggestion_compare_compared_at on raw.suggestion_compare (compared_at);
create index if not exists suggestion_events_canary_shown on raw.suggestion_events (suggested_at)
where arm = 'canary' and category is not null;
create index if not exists suggestion_events_user_txn on raw.suggestion_events (user_id, txn_id);
create index if not exists suggestion_feedback_opinions on raw.suggestion_feedback (given_at)
where action in ('accept', 'reject', 'correct');
create index if not exists dead_letters_scoring_failed on raw.dead_letters (recorded_at)
where reason = 'scoring_failed';
create index if not exists suggestion_feedback_user_txn on raw.suggestion_feedback (user_id, txn_id);

-- What the judge asks of labels: by user and transaction, and in the order of time.
create index if not exists suggestion_compare_user_txn on raw.suggestion_compare (user_id, txn_id);
create index if not exists transactions_user_txn on raw.transactions (user_id, txn_id);
create index if not exists transaction_labels_user_txn on raw.transaction_labels (user_id, txn_id);

-- The suggestion that a feedback speaks of: the one that it names; where it names none, the last one of its transaction
-- that was made before it. Where it names no account either and two accounts of the user share the number of the
-- transaction, it is ambiguous and speaks of none. Postgres inlines it, so that it is one look-up by an index.
drop function if exists raw.suggestion_of(text, text, text, text, timestamptz) cascade;
create function raw.suggestion_of(
    by_user text, of_account text, of_txn text, named_event text, at_time timestamptz
) returns table (
    event_id text, account_id text, arm text, category text, rollout_version integer, is_ambiguous boolean,
    served_source text
) language sql stable as $$
    select
        case when not candidate.is_ambiguous then candidate.event_id end,
        case when not candidate.is_ambiguous then candidate.account_id end,
        case when not candidate.is_ambiguous then candidate.arm end,
        case when not candidate.is_ambiguous then candidate.category end,
        candidate.rollout_version,
        candidate.is_ambiguous,
        candidate.source
    from (
        select
            suggestions.event_id, suggestions.account_id, suggestions.arm, suggestions.category,
            suggestions.rollout_version, suggestions.suggested_at, suggestions.source,
            min(suggestions.account_id) over () is distinct from max(suggestions.account_id) over () as is_ambiguous
        from raw.suggestion_events as suggestions
        where suggestions.user_id = by_user and suggestions.txn_id = of_txn
            and (of_account is null or suggestions.account_id = of_account)
            and (
                suggestions.event_id = named_event
                or (named_event is null and suggestions.suggested_at <= at_time)
            )
    ) as candidate
    order by candidate.suggested_at desc, candidate.event_id desc
    limit 1
$$;

-- The latest feedback on a suggestion until a time; a feedback that was sent twice is the one that was sent first.
-- A complaint is a suggestion whose latest feedback is a reject or a correction, here and in dbt's int_feedback:
-- tests hold the two against each other.
drop function if exists raw.last_word(text, text, text, timestamptz);
create or replace function raw.latest_feedback(
    by_user text, of_txn text, on_event text, at_time timestamptz
) returns table (action text, is_complaint boolean) language sql stable as $$
    select said.action, said.action in ('reject', 'correct')
    from (
        select distinct on (feedback.feedback_id)
            feedback.feedback_id, feedback.account_id, feedback.event_id, feedback.action, feedback.given_at,
            feedback.loaded_at
        from raw.suggestion_feedback as feedback
        where feedback.user_id = by_user and feedback.txn_id = of_txn
            and feedback.action in ('accept', 'reject', 'correct') and feedback.given_at <= at_time
        order by feedback.feedback_id, feedback.loaded_at, feedback.source_offset
    ) as said
    cross join lateral
        raw.suggestion_of(by_user, said.account_id, of_txn, said.event_id, said.given_at) as shown
    where shown.event_id = on_event
    order by said.given_at desc, said.loaded_at desc, said.feedback_id desc
    limit 1
$$;

-- The label of a transaction that holds at a time: of the strongest source, then the latest; none where that one was
-- taken back. An accept that names another category than was shown is no label. A label that names neither account nor
-- event, before anything was suggested, speaks of the one account whose transaction of that id had happened by then; it
-- is nobody's where there are two, where the event that it names has not landed, or where that event is of another
-- account than the one that it names. dbt's int_feedback_resolutions,
-- int_label_history and int_settled_labels say the same of all transactions at once, as of a build; tests hold the two
-- against each other.
drop function if exists raw.settled_label(text, text, text, timestamptz, timestamptz);
create function raw.settled_label(
    by_user text, of_account text, of_txn text, happened_at timestamptz, at_time timestamptz
) returns table (
    label text, label_source text, label_exposure text, observed_at timestamptz, first_observed_at timestamptz
) language sql stable as $$
    select
        winner.label, winner.source, winner.exposure, winner.observed_at, winner.first_observed_at
    from (
        select
            labels.label, labels.source, labels.observed_at, labels.superseded_at,
            case when feedback.action in ('accept', 'correct') then feedback.action else 'independent' end as exposure,
            min(labels.observed_at) over () as first_observed_at
        from raw.transaction_labels as labels
        left join lateral (
            select given.action, given.category, given.account_id, given.event_id
            from raw.suggestion_feedback as given
            where given.user_id = labels.user_id and given.txn_id = labels.txn_id
                and 'feedback:' || length(given.user_id) || ':' || given.user_id || ':' || given.feedback_id
                = labels.label_event_id
            order by given.loaded_at asc, given.source_offset asc
            limit 1
        ) as feedback on true
        left join lateral raw.suggestion_of(
            labels.user_id, coalesce(labels.account_id, feedback.account_id), labels.txn_id, feedback.event_id,
            labels.observed_at
        ) as shown on true
        left join lateral (
            select
                case when min(record.account_id) = max(record.account_id) then min(record.account_id) end as account_id
            from raw.transactions as record
            where coalesce(labels.account_id, feedback.account_id, shown.account_id) is null
                and record.user_id = labels.user_id and record.txn_id = labels.txn_id
                and case
                    when feedback.event_id is null then record.occurred_at <= labels.observed_at
                    else record.origin = 'stream' and record.source_partition || '-' || record.source_offset
                        = substring(feedback.event_id from '[0-9]+-[0-9]+$')
                        and raw.is_same_topic(record.source_topic_id, raw.topic_id_of(feedback.event_id))
                end
        ) as happened on true
        left join lateral (
            select true as is_mismatched
            from (
                select suggestions.account_id
                from raw.suggestion_events as suggestions
                where suggestions.user_id = labels.user_id and suggestions.txn_id = labels.txn_id
                    and suggestions.event_id = feedback.event_id
                union all
                select record.account_id
                from raw.transactions as record
                where record.user_id = labels.user_id and record.txn_id = labels.txn_id and record.origin = 'stream'
                    and record.source_partition || '-' || record.source_offset
                    = substring(feedback.event_id from '[0-9]+-[0-9]+$')
            ) as named
            where named.account_id <> coalesce(labels.account_id, feedback.account_id)
            limit 1
        ) as named on feedback.event_id is not null
        cross join lateral (
            select
                coalesce(labels.account_id, feedback.account_id, shown.account_id, happened.account_id) as account_id
        ) as resolved
        where labels.user_id = by_user and labels.txn_id = of_txn
            and labels.observed_at >= happened_at and labels.observed_at <= at_time
            and not coalesce(shown.is_ambiguous, false) and named.is_mismatched is null
            and resolved.account_id = coalesce(of_account, resolved.account_id)
            and not coalesce(
                feedback.action = 'accept' and shown.event_id is not null
                and feedback.category is distinct from shown.category, false
            )
        order by
            case labels.source when 'human' then 3 when 'rule' then 2 else 1 end desc,
            labels.observed_at desc, labels.label_event_id desc
        limit 1
    ) as winner
    where winner.superseded_at is null or winner.superseded_at > at_time
$$;

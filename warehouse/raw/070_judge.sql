-- What the judge asks is bounded by a window of time and found by an index, on tables that nobody has analysed too.
-- Times and transaction numbers grow, so their indexes are written at the right edge and cost landing little; the
-- indexes by user and transaction are what joins an answer with its feedback and its label.
create index if not exists suggestion_compare_compared_at on raw.suggestion_compare (compared_at);
create index if not exists suggestion_events_canary_shown on raw.suggestion_events (suggested_at)
where arm = 'canary' and category is not null;
create index if not exists suggestion_events_user_txn on raw.suggestion_events (user_id, txn_id);
create index if not exists suggestion_feedback_opinions on raw.suggestion_feedback (given_at)
where action in ('accept', 'reject', 'correct');
create index if not exists suggestion_feedback_user_txn on raw.suggestion_feedback (user_id, txn_id);

-- The suggestion that a feedback speaks of: the one that it names; where it names none, the last one of its transaction
-- that was made before it. Where it names no account either and two accounts of the user share the number of the
-- transaction, it is ambiguous and speaks of none. Postgres inlines it, so that it is one look-up by an index.
create or replace function raw.suggestion_of(
    by_user text, of_account text, of_txn text, named_event text, at_time timestamptz
) returns table (
    event_id text, arm text, category text, rollout_version integer, suggested_at timestamptz
) language sql stable as $$
    select
        candidate.event_id, candidate.arm, candidate.category, candidate.rollout_version, candidate.suggested_at
    from (
        select
            suggestions.event_id, suggestions.arm, suggestions.category, suggestions.rollout_version,
            suggestions.suggested_at,
            min(suggestions.account_id) over () is distinct from max(suggestions.account_id) over () as is_ambiguous
        from raw.suggestion_events as suggestions
        where suggestions.user_id = by_user and suggestions.txn_id = of_txn
            and (
                suggestions.event_id = named_event
                or (
                    named_event is null and suggestions.suggested_at <= at_time
                    and (of_account is null or suggestions.account_id = of_account)
                )
            )
    ) as candidate
    where not candidate.is_ambiguous
    order by candidate.suggested_at desc, candidate.event_id desc
    limit 1
$$;

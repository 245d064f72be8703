-- Which labels count: the one rule for what a label may be held against, for dbt's marts and for the judge.
-- What a training learned from was observed before its as_of. A release that was made of no labelled row at all learned
-- from no label. Where the run has not landed there is no row: what is not known is not assumed.
create or replace view raw.release_cut_offs as
with registered as (
    select
        model_version,
        max(
            case
                when manifest #>> '{bootstrap,real_rows}' = '0' then '-infinity'
                else coalesce((manifest ->> 'as_of')::timestamptz, trained_at)
            end
        ) as trained_until
    from raw.model_registry
    group by model_version
),

runs as (
    select
        model_version,
        max(as_of) as trained_until
    from raw.ml_training_runs
    where model_version is not null
    group by model_version
)

select
    coalesce(registered.model_version, runs.model_version) as model_version,
    coalesce(registered.trained_until, runs.trained_until) as trained_until
from registered
full outer join runs on registered.model_version = runs.model_version;

-- The cut-off of one answer: rules were trained on nothing, and a release that is not known has none (null).
create or replace function raw.cut_off_of(model_version text, trained_until timestamptz)
returns timestamptz language sql immutable parallel safe
return case when model_version is null then '-infinity'::timestamptz else trained_until end;

-- How a settled label may be used for an answer that was made at made_at by answers of these cut-offs: 'counts', or why
-- it does not. first_observed_at is when the transaction got its first label: a release whose cut-off is not before
-- that has seen this transaction's label, whatever was said of it since. Null where there is no label.
create or replace function raw.label_use(
    made_at timestamptz, first_observed_at timestamptz, observed_at timestamptz, cut_offs timestamptz[]
)
returns text language sql immutable parallel safe
return case
    when observed_at is null then null
    when observed_at < made_at then 'before_suggestion'
    when array_position(cut_offs, null) is not null then 'release_unknown'
    when first_observed_at <= any(cut_offs) then 'in_training'
    else 'counts'
end;

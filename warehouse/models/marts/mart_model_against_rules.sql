{% set slice = ['model_version', 'rules_version', 'labels', 'dimension', 'value'] %}

with compared as (
    select * from {{ ref('fct_suggestion_compare') }}
    where
        label is not null
        and raw.is_evidence(served_source)
        and compared_at <= {{ as_of() }} - interval '{{ var("label_maturity") }}'
),

features as (
    select * from {{ ref('stg_ml_features') }}
),

transactions as (
    select * from {{ ref('stg_transactions') }}
),

-- What each model that was asked would have served, beside what the rules said.
answers as (
    {% for role in ['champion', 'challenger'] %}
        select
            txn_id,
            user_id,
            account_id,
            label,
            label_source,
            label_exposure,
            rules_version,
            rules_category,
            {{ role }}_version as model_version,
            case when {{ role }}_acceptance = 'accepted' then {{ role }}_category end as model_category,
            greatest(compared_at + interval '{{ var("label_maturity") }}', label_observed_at) as settled_at
        from compared
        where
            {{ role }}_version is not null
            and coalesce({{ role }}_acceptance, '') <> 'not_asked'
            and rules_version is not null
        {{ "union all" if not loop.last }}
    {% endfor %}
),

-- A transaction without features, or without a merchant's name, stands under its own wording. What an answer is worth
-- is scorer/rollout/paired_outcomes.py's: right 1, silent 0, wrong -1.
worth as (
    select
        answers.*,
        {{ day_of('answers.settled_at') }} as settled_on,
        coalesce(nullif(features.merchant_key, ''), lower(transactions.description)) as merchant,
        {{ is_independent('answers') }} as is_independent,
        case
            when answers.model_category is null then 0 when answers.model_category = answers.label then 1 else -1
        end as model_worth,
        case
            when answers.rules_category is null then 0 when answers.rules_category = answers.label then 1 else -1
        end as rules_worth
    from answers
    inner join transactions
        on
            answers.user_id = transactions.user_id
            and answers.account_id = transactions.account_id
            and answers.txn_id = transactions.txn_id
    left join features
        on
            answers.user_id = features.user_id
            and answers.account_id = features.account_id
            and answers.txn_id = features.txn_id
),

of_labels as (
    select
        worth.*,
        worth.label_source as labels
    from worth
    union all
    select
        worth.*,
        'independent' as labels
    from worth
    where worth.is_independent
),

sliced as (
    select
        of_labels.*,
        slices.dimension,
        slices.value,
        min(of_labels.settled_on) over (
            partition by
                of_labels.model_version,
                of_labels.rules_version,
                of_labels.labels,
                slices.dimension,
                slices.value,
                of_labels.merchant
        ) as first_settled_on
    from of_labels
    cross join lateral (
        values ('all', 'all'), ('category', of_labels.label), ('merchant', of_labels.merchant)
    ) as slices (dimension, value)
),

-- One vote a merchant: of its labels of its first day, taken together.
votes as (
    select
        {{ slice | join(', ') }},
        merchant,
        coalesce(sign(sum(model_worth - rules_worth) filter (where settled_on = first_settled_on)), 0) as vote,
        bool_or(model_worth <> 0) as has_model,
        bool_or(rules_worth <> 0) as has_rules
    from sliced
    group by {{ slice | join(', ') }}, merchant
),

voted as (
    select
        {{ slice | join(', ') }},
        count(*) as merchants,
        count(*) filter (where vote > 0) as merchants_better,
        count(*) filter (where vote < 0) as merchants_worse,
        count(*) filter (where has_model) as merchants_of_model,
        count(*) filter (where has_rules) as merchants_of_rules
    from votes
    group by {{ slice | join(', ') }}
),

counted as (
    select
        {{ slice | join(', ') }},
        count(*) as comparisons,
        count(*) filter (where model_worth = 1 and rules_worth = 1) as both_right,
        count(*) filter (where model_worth = 1 and rules_worth = -1) as model_right,
        count(*) filter (where model_worth = -1 and rules_worth = 1) as rules_right,
        count(*) filter (where model_worth = -1 and rules_worth = -1) as both_wrong,
        count(*) filter (where model_worth = 1 and rules_worth = 0) as model_alone_right,
        count(*) filter (where model_worth = -1 and rules_worth = 0) as model_alone_wrong,
        count(*) filter (where model_worth = 0 and rules_worth = 1) as rules_alone_right,
        count(*) filter (where model_worth = 0 and rules_worth = -1) as rules_alone_wrong,
        count(*) filter (where model_worth = 0 and rules_worth = 0) as both_silent,
        {{ share('count(*) filter (where model_worth = 1)', 'count(*) filter (where model_worth <> 0)') }}
            as model_precision,
        {{ share('count(*) filter (where rules_worth = 1)', 'count(*) filter (where rules_worth <> 0)') }}
            as rules_precision
    from sliced
    group by {{ slice | join(', ') }}
),

final as (
    select
        {% for column in slice %}
            counted.{{ column }},
        {% endfor %}
        counted.comparisons,
        counted.both_right,
        counted.model_right,
        counted.rules_right,
        counted.both_wrong,
        counted.model_alone_right,
        counted.model_alone_wrong,
        counted.rules_alone_right,
        counted.rules_alone_wrong,
        counted.both_silent,
        counted.model_precision,
        {{ wilson('counted.model_precision', 'voted.merchants_of_model', '-') }} as model_precision_low,
        {{ wilson('counted.model_precision', 'voted.merchants_of_model', '+') }} as model_precision_high,
        counted.rules_precision,
        {{ wilson('counted.rules_precision', 'voted.merchants_of_rules', '-') }} as rules_precision_low,
        {{ wilson('counted.rules_precision', 'voted.merchants_of_rules', '+') }} as rules_precision_high,
        voted.merchants,
        voted.merchants_better,
        voted.merchants_worse,
        {{ share('voted.merchants_better - voted.merchants_worse', 'voted.merchants') }} as net_difference,
        {{ paired_difference('voted.merchants_better', 'voted.merchants_worse', 'voted.merchants', '-') }}
            as net_difference_low,
        {{ paired_difference('voted.merchants_better', 'voted.merchants_worse', 'voted.merchants', '+') }}
            as net_difference_high
    from counted
    inner join voted
        on
    {% for column in slice %}
            counted.{{ column }} = voted.{{ column }} {{ "and" if not loop.last }}
    {% endfor %}
)

select * from final

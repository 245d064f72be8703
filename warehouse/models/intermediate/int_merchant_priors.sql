{{ config(indexes=[{'columns': ['merchant_key', 'as_of_month'], 'unique': true}]) }}

with merchants as (
    select * from {{ ref('dim_merchants') }}
),

final as (
    select
        merchant_key,
        as_of_month,
        max(merchant_support) as merchant_support,
        max(last_label_observed_at) as last_label_observed_at,
        array[
            {% for category in var('taxonomy') %}
                coalesce(max(prior) filter (where category = {{ text_of(category) }}), 0)::real
                {{- "," if not loop.last }}
            {% endfor %}
        ] as merchant_prior
    from merchants
    group by merchant_key, as_of_month
)

select * from final

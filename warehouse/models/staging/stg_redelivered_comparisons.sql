{{ config(materialized='table') }}

with final as (
    {{ redelivered(source('raw', 'suggestion_compare')) }}
)

select * from final

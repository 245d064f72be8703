{{ config(materialized='table') }}

with final as (
    {{ redelivered(source('raw', 'suggestion_events')) }}
)

select * from final

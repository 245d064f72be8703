-- model.dim_merchants
with history as (
select *
from "built"."intermediate"."int_label_history" ), features as (
select *
from "built"."staging"."stg_ml_features"
where merchant_key <> '' ), changes as (
select features.merchant_key, history.label as category, date_trunc('month', history.valid_from at time zone 'UTC')::date as known_in, history.valid_from as observed_at, 1 as change
from history
inner join features on history.user_id = features.user_id
and history.account_id = features.account_id
and history.txn_id = features.txn_id
union all
select features.merchant_key, history.label as category, date_trunc('month', history.valid_to at time zone 'UTC')::date as known_in, history.valid_to as observed_at, -1 as change
from history
inner join features on history.user_id = features.user_id
and history.account_id = features.account_id
and history.txn_id = features.txn_id
where history.valid_to is not null ), of_months as (
select merchant_key, category, (known_in + interval '1 month')::date as as_of_month, sum(change) as change, max(observed_at) as last_observed_at
from changes
where (known_in + interval '1 month')::date <= date_trunc('month', '2026-04-15T00:00:00+00:00'::timestamptz at time zone 'UTC')::date
group by merchant_key, category, as_of_month ), merchant_months as (
select merchant_key, as_of_month, max(last_observed_at) as last_observed_at
from of_months
group by merchant_key, as_of_month ), merchant_categories as (
select distinct merchant_key, category
from of_months ), cumulated as (
select merchant_months.merchant_key, merchant_categories.category, merchant_months.as_of_month, sum(coalesce(of_months.change, 0)) over ( partition by merchant_months.merchant_key, merchant_categories.category
order by merchant_months.as_of_month ) as support, max(merchant_months.last_observed_at) over ( partition by merchant_months.merchant_key
order by merchant_months.as_of_month ) as last_label_observed_at
from merchant_months
inner join merchant_categories on merchant_months.merchant_key = merchant_categories.merchant_key
left join of_months on merchant_months.merchant_key = of_months.merchant_key
and merchant_months.as_of_month = of_months.as_of_month
and merchant_categories.category = of_months.category ), totalled as (
select *, sum(support) over (partition by merchant_key, as_of_month) as merchant_support
from cumulated ), final as (
select merchant_key, category, as_of_month, support::integer as support, merchant_support::integer as merchant_support, (support / merchant_support)::real as prior, case when merchant_support >= 20 then 'high' when merchant_support >= 5 then 'medium' else 'low' end as confidence_level, last_label_observed_at
from totalled
where support > 0 )
select *
from final

-- model.fct_suggestion_compare
with comparisons as not materialized (
select *
from "built"."staging"."stg_comparisons" ), labels as not materialized (
select *
from "built"."intermediate"."int_settled_labels" ), cut_offs as not materialized (
select *
from "built"."staging"."stg_release_cut_offs" ), landed as (
select event_id, txn_id, user_id, account_id, arm, bucket, rules_answer ->> 'version' as rules_version, rules_answer ->> 'category' as rules_category, champion_answer ->> 'version' as champion_version, champion_answer ->> 'category' as champion_category, (champion_answer ->> 'confidence')::double precision as champion_confidence, champion_answer ->> 'acceptance' as champion_acceptance, challenger_answer ->> 'version' as challenger_version, challenger_answer ->> 'category' as challenger_category, (challenger_answer ->> 'confidence')::double precision as challenger_confidence, challenger_answer ->> 'acceptance' as challenger_acceptance, control_category, canary_category, outcome, served_source, rollout_version, scored_in_us, compared_at, compared_on, loaded_at
from comparisons ), labelled_landed as (
select landed.event_id, landed.txn_id, landed.user_id, landed.account_id, landed.arm, landed.bucket, landed.rules_version, landed.rules_category, landed.champion_version, landed.champion_category, landed.champion_confidence, landed.champion_acceptance, landed.challenger_version, landed.challenger_category, landed.challenger_confidence, landed.challenger_acceptance, landed.control_category, landed.canary_category, landed.outcome, landed.served_source, landed.rollout_version, landed.scored_in_us, landed.compared_at, landed.compared_on, landed.loaded_at, case when found.label_use = 'counts' then labels.label end as label, case when found.label_use = 'counts' then labels.label_source end as label_source, case when found.label_use = 'counts' then labels.label_observed_at end as label_observed_at, case when found.label_use = 'counts' then labels.label_exposure end as label_exposure, found.label_use
from landed
left join labels on landed.user_id = labels.user_id
and landed.account_id = labels.account_id
and landed.txn_id = labels.txn_id
left join cut_offs as champion on landed.champion_version = champion.model_version
left join cut_offs as challenger on landed.challenger_version = challenger.model_version
cross join lateral (
select raw.label_use( landed.compared_at, labels.first_observed_at, labels.label_observed_at, array[ raw.cut_off_of(case when coalesce(landed.champion_acceptance, '') <> 'not_asked' then landed.champion_version end, champion.trained_until), raw.cut_off_of(case when coalesce(landed.challenger_acceptance, '') <> 'not_asked' then landed.challenger_version end, challenger.trained_until) ] ) as label_use ) as found ), final as (
select *
from labelled_landed )
select *
from final

-- model.fct_suggestion_compare once it is there
with comparisons as not materialized (
select *
from "built"."staging"."stg_comparisons" ), labels as not materialized (
select *
from "built"."intermediate"."int_settled_labels" ), cut_offs as not materialized (
select *
from "built"."staging"."stg_release_cut_offs" ), landed as (
select event_id, txn_id, user_id, account_id, arm, bucket, rules_answer ->> 'version' as rules_version, rules_answer ->> 'category' as rules_category, champion_answer ->> 'version' as champion_version, champion_answer ->> 'category' as champion_category, (champion_answer ->> 'confidence')::double precision as champion_confidence, champion_answer ->> 'acceptance' as champion_acceptance, challenger_answer ->> 'version' as challenger_version, challenger_answer ->> 'category' as challenger_category, (challenger_answer ->> 'confidence')::double precision as challenger_confidence, challenger_answer ->> 'acceptance' as challenger_acceptance, control_category, canary_category, outcome, served_source, rollout_version, scored_in_us, compared_at, compared_on, loaded_at
from comparisons
where landed_xid >= raw.landed_since((select marks.mark
from intermediate.read_marks as marks
where marks.model = 'fct_suggestion_compare')) ), known as (
select *
from "built"."marts"."fct_suggestion_compare" as before
where not exists (
select
from landed
where before.event_id = landed.event_id ) ), labelled_known as (
select known.event_id, known.txn_id, known.user_id, known.account_id, known.arm, known.bucket, known.rules_version, known.rules_category, known.champion_version, known.champion_category, known.champion_confidence, known.champion_acceptance, known.challenger_version, known.challenger_category, known.challenger_confidence, known.challenger_acceptance, known.control_category, known.canary_category, known.outcome, known.served_source, known.rollout_version, known.scored_in_us, known.compared_at, known.compared_on, known.loaded_at, case when found.label_use = 'counts' then labels.label end as label, case when found.label_use = 'counts' then labels.label_source end as label_source, case when found.label_use = 'counts' then labels.label_observed_at end as label_observed_at, case when found.label_use = 'counts' then labels.label_exposure end as label_exposure, known.label as label_before, known.label_source as label_source_before, known.label_observed_at as label_observed_at_before, known.label_exposure as label_exposure_before, known.label_use as label_use_before, found.label_use
from known
left join labels on known.user_id = labels.user_id
and known.account_id = labels.account_id
and known.txn_id = labels.txn_id
left join cut_offs as champion on known.champion_version = champion.model_version
left join cut_offs as challenger on known.challenger_version = challenger.model_version
cross join lateral (
select raw.label_use( known.compared_at, labels.first_observed_at, labels.label_observed_at, array[ raw.cut_off_of(case when coalesce(known.champion_acceptance, '') <> 'not_asked' then known.champion_version end, champion.trained_until), raw.cut_off_of(case when coalesce(known.challenger_acceptance, '') <> 'not_asked' then known.challenger_version end, challenger.trained_until) ] ) as label_use ) as found ), labelled_landed as (
select landed.event_id, landed.txn_id, landed.user_id, landed.account_id, landed.arm, landed.bucket, landed.rules_version, landed.rules_category, landed.champion_version, landed.champion_category, landed.champion_confidence, landed.champion_acceptance, landed.challenger_version, landed.challenger_category, landed.challenger_confidence, landed.challenger_acceptance, landed.control_category, landed.canary_category, landed.outcome, landed.served_source, landed.rollout_version, landed.scored_in_us, landed.compared_at, landed.compared_on, landed.loaded_at, case when found.label_use = 'counts' then labels.label end as label, case when found.label_use = 'counts' then labels.label_source end as label_source, case when found.label_use = 'counts' then labels.label_observed_at end as label_observed_at, case when found.label_use = 'counts' then labels.label_exposure end as label_exposure, found.label_use
from landed
left join labels on landed.user_id = labels.user_id
and landed.account_id = labels.account_id
and landed.txn_id = labels.txn_id
left join cut_offs as champion on landed.champion_version = champion.model_version
left join cut_offs as challenger on landed.challenger_version = challenger.model_version
cross join lateral (
select raw.label_use( landed.compared_at, labels.first_observed_at, labels.label_observed_at, array[ raw.cut_off_of(case when coalesce(landed.champion_acceptance, '') <> 'not_asked' then landed.champion_version end, champion.trained_until), raw.cut_off_of(case when coalesce(landed.challenger_acceptance, '') <> 'not_asked' then landed.challenger_version end, challenger.trained_until) ] ) as label_use ) as found ), relabelled as (
select event_id, txn_id, user_id, account_id, arm, bucket, rules_version, rules_category, champion_version, champion_category, champion_confidence, champion_acceptance, challenger_version, challenger_category, challenger_confidence, challenger_acceptance, control_category, canary_category, outcome, served_source, rollout_version, scored_in_us, compared_at, compared_on, loaded_at, label, label_source, label_observed_at, label_exposure, label_use
from labelled_known
where label is distinct
from label_before
or label_source is distinct
from label_source_before
or label_observed_at is distinct
from label_observed_at_before
or label_exposure is distinct
from label_exposure_before
or label_use is distinct
from label_use_before ), final as (
select *
from labelled_landed
union all
select *
from relabelled )
select *
from final

-- model.fct_suggestions_eval
with suggestions as (
select *
from "built"."staging"."stg_suggestions" ), labels as (
select *
from "built"."intermediate"."int_settled_labels" ), cut_offs as (
select *
from "built"."staging"."stg_release_cut_offs" ), final as (
select suggestions.event_id, suggestions.txn_id, suggestions.user_id, suggestions.account_id, suggestions.suggested_at, suggestions.suggested_on, suggestions.arm, suggestions.served_source, suggestions.fallback_reason, suggestions.category, suggestions.confidence, suggestions.band, suggestions.model_version, suggestions.rules_version, suggestions.rollout_version, labels.label, labels.label_source, labels.label_exposure, labels.label_observed_at, suggestions.category is not null as is_shown, coalesce(suggestions.category = labels.label, false) as is_correct, labels.label_exposure = 'independent'
and labels.label_source <> 'rule' as is_independent, suggestions.suggested_at <= '2026-04-15T00:00:00+00:00'::timestamptz - interval '7 days' as is_mature
from suggestions
inner join labels on suggestions.user_id = labels.user_id
and suggestions.account_id = labels.account_id
and suggestions.txn_id = labels.txn_id
left join cut_offs on suggestions.model_version = cut_offs.model_version
where raw.is_evidence(suggestions.served_source)
and raw.label_use( suggestions.suggested_at, labels.first_observed_at, labels.label_observed_at, array[ raw.cut_off_of(suggestions.model_version, cut_offs.trained_until) ] ) = 'counts' )
select *
from final

-- model.fct_training_view
with labels as (
select *
from "built"."intermediate"."int_settled_labels" ), transactions as (
select *
from "built"."staging"."stg_transactions" ), features as (
select *
from "built"."staging"."stg_ml_features" ), priors as (
select *
from "built"."intermediate"."int_merchant_priors" ), labelled as (
select transactions.txn_id, transactions.user_id, transactions.account_id, transactions.occurred_at, transactions.amount, transactions.currency, transactions.description, transactions.mcc, transactions.country, transactions.channel, labels.label, labels.label_source, labels.label_exposure, labels.label_observed_at, features.feature_version, features.norm_desc, features.merchant_key, features.written, features.numeric, features.occurred_at as row_features_as_of, date_trunc('month', transactions.occurred_at at time zone 'UTC')::date as occurred_in
from labels
inner join transactions on labels.user_id = transactions.user_id
and labels.account_id = transactions.account_id
and labels.txn_id = transactions.txn_id
inner join features on transactions.user_id = features.user_id
and transactions.account_id = features.account_id
and transactions.txn_id = features.txn_id
and transactions.occurred_at = features.occurred_at ), final as (
select labelled.txn_id, labelled.user_id, labelled.account_id, labelled.occurred_at, greatest(labelled.occurred_in, date_trunc('month', labelled.label_observed_at at time zone 'UTC')::date) as ts_month, labelled.label, labelled.label_source, labelled.label_exposure, labelled.label_observed_at, greatest(labelled.row_features_as_of, known.last_label_observed_at) as features_as_of, labelled.feature_version, labelled.norm_desc, labelled.merchant_key, labelled.written, labelled.numeric, coalesce( known.merchant_prior, array_fill(0::real, array[22]) ) as merchant_prior, coalesce(known.merchant_support, 0) as merchant_support, labelled.amount, labelled.currency, labelled.description, labelled.mcc, labelled.country, labelled.channel
from labelled
left join lateral (
select priors.merchant_prior, priors.merchant_support, priors.last_label_observed_at
from priors
where priors.merchant_key = labelled.merchant_key
and priors.as_of_month <= labelled.occurred_in
order by priors.as_of_month desc
limit 1 ) as known on true )
select *
from final

-- model.int_feedback
with given as (
select *
from "built"."staging"."stg_feedback" ), resolutions as (
select *
from "built"."intermediate"."int_feedback_resolutions" ), feedback as (
select given.user_id, given.feedback_id, given.label_event_id, given.txn_id, given.event_id, given.action, given.category, given.label_source, given.given_at, given.loaded_at, resolutions.account_id, coalesce(resolutions.resolution, 'waiting') as resolution
from given
left join resolutions on given.label_event_id = resolutions.label_event_id ), suggestions as (
select *
from "built"."staging"."stg_suggestions" ), referenced as (
select distinct on (feedback.user_id, feedback.feedback_id) feedback.user_id, feedback.feedback_id, suggestions.event_id, suggestions.suggested_at, suggestions.arm, suggestions.served_source, suggestions.category as shown_category, suggestions.model_version
from feedback
inner join suggestions on feedback.user_id = suggestions.user_id
and feedback.account_id = suggestions.account_id
and feedback.txn_id = suggestions.txn_id
and ( feedback.event_id = suggestions.event_id
or (feedback.event_id is null
and feedback.given_at >= suggestions.suggested_at) )
where feedback.action <> 'label'
order by feedback.user_id asc, feedback.feedback_id asc, suggestions.suggested_at desc, suggestions.event_id desc ), final as (
select feedback.user_id, feedback.feedback_id, feedback.label_event_id, feedback.account_id, feedback.txn_id, feedback.resolution, feedback.action, feedback.category, feedback.label_source, feedback.given_at, referenced.event_id, referenced.suggested_at, referenced.arm, referenced.served_source, referenced.shown_category, referenced.model_version, referenced.event_id is not null
and row_number() over ( partition by referenced.event_id
order by feedback.given_at desc, feedback.loaded_at desc, feedback.feedback_id desc ) = 1 as is_latest_feedback, feedback.action = 'accept'
and referenced.event_id is not null
and coalesce(feedback.category <> referenced.shown_category, true) as is_inconsistent
from feedback
left join referenced on feedback.user_id = referenced.user_id
and feedback.feedback_id = referenced.feedback_id )
select *
from final

-- model.int_feedback_resolutions
with suggestions as not materialized (
select *
from "built"."staging"."stg_suggestions"
where account_id is not null ), transactions as (
select *
from "built"."staging"."stg_transactions" ), given as (
select label_event_id, user_id, txn_id, account_id, event_id, given_at
from "built"."staging"."stg_feedback"
union all
select label_event_id, user_id, txn_id, null as account_id, null as event_id, observed_at as given_at
from "built"."staging"."stg_transaction_labels"
where account_id is null
and not starts_with(label_event_id, 'feedback:') ), unresolved as (
select *
from given ), candidates as (
select unresolved.label_event_id, suggestions.account_id, coalesce(unresolved.event_id = suggestions.event_id, false) as is_named, suggestions.suggested_at <= unresolved.given_at as is_suggested_before, false as is_happened_before
from unresolved
inner join suggestions on unresolved.user_id = suggestions.user_id
and unresolved.txn_id = suggestions.txn_id
union all
select unresolved.label_event_id, transactions.account_id, coalesce( transactions.origin = 'stream'
and transactions.source_partition || '-' || transactions.source_offset = substring(unresolved.event_id
from '[0-9]+-[0-9]+$')
and raw.is_same_topic(transactions.source_topic_id, raw.topic_id_of(unresolved.event_id)), false ) as is_named, false as is_suggested_before, transactions.occurred_at <= unresolved.given_at as is_happened_before
from unresolved
inner join transactions on unresolved.user_id = transactions.user_id
and unresolved.txn_id = transactions.txn_id ), accounts as (
select label_event_id, min(account_id) filter (where is_named) as named, min(account_id) filter (where is_suggested_before) as suggested, max(account_id) filter (where is_suggested_before) as other_suggested, min(account_id) filter (where is_happened_before) as happened, max(account_id) filter (where is_happened_before) as other_happened
from candidates
group by label_event_id ), resolved as (
select unresolved.label_event_id, unresolved.user_id, unresolved.txn_id, case when unresolved.account_id <> accounts.named then 'mismatched' when unresolved.account_id is not null then 'account' when accounts.named is not null then 'event' when unresolved.event_id is not null then 'waiting' when accounts.suggested <> accounts.other_suggested then 'ambiguous' when accounts.suggested is not null then 'suggested' when accounts.happened <> accounts.other_happened then 'ambiguous' when accounts.happened is not null then 'happened' else 'waiting' end as resolution, coalesce(unresolved.account_id, accounts.named, accounts.suggested, accounts.happened) as account_id
from unresolved
left join accounts on unresolved.label_event_id = accounts.label_event_id ), final as (
select label_event_id, user_id, case when resolution not in ('ambiguous', 'mismatched') then account_id end as account_id, txn_id, resolution, '2026-04-15T00:00:00+00:00'::timestamptz as resolved_as_of
from resolved
where resolution <> 'waiting' )
select *
from final

-- model.int_feedback_resolutions once it is there
with suggestions as not materialized (
select *
from "built"."staging"."stg_suggestions"
where account_id is not null ), transactions as (
select *
from "built"."staging"."stg_transactions" ), given as (
select label_event_id, user_id, txn_id, account_id, event_id, given_at
from "built"."staging"."stg_feedback"
union all
select label_event_id, user_id, txn_id, null as account_id, null as event_id, observed_at as given_at
from "built"."staging"."stg_transaction_labels"
where account_id is null
and not starts_with(label_event_id, 'feedback:') ), unresolved as (
select *
from given
where not exists (
select
from "built"."intermediate"."int_feedback_resolutions" as known
where given.label_event_id = known.label_event_id ) ), candidates as (
select unresolved.label_event_id, suggestions.account_id, coalesce(unresolved.event_id = suggestions.event_id, false) as is_named, suggestions.suggested_at <= unresolved.given_at as is_suggested_before, false as is_happened_before
from unresolved
inner join suggestions on unresolved.user_id = suggestions.user_id
and unresolved.txn_id = suggestions.txn_id
union all
select unresolved.label_event_id, transactions.account_id, coalesce( transactions.origin = 'stream'
and transactions.source_partition || '-' || transactions.source_offset = substring(unresolved.event_id
from '[0-9]+-[0-9]+$')
and raw.is_same_topic(transactions.source_topic_id, raw.topic_id_of(unresolved.event_id)), false ) as is_named, false as is_suggested_before, transactions.occurred_at <= unresolved.given_at as is_happened_before
from unresolved
inner join transactions on unresolved.user_id = transactions.user_id
and unresolved.txn_id = transactions.txn_id ), accounts as (
select label_event_id, min(account_id) filter (where is_named) as named, min(account_id) filter (where is_suggested_before) as suggested, max(account_id) filter (where is_suggested_before) as other_suggested, min(account_id) filter (where is_happened_before) as happened, max(account_id) filter (where is_happened_before) as other_happened
from candidates
group by label_event_id ), resolved as (
select unresolved.label_event_id, unresolved.user_id, unresolved.txn_id, case when unresolved.account_id <> accounts.named then 'mismatched' when unresolved.account_id is not null then 'account' when accounts.named is not null then 'event' when unresolved.event_id is not null then 'waiting' when accounts.suggested <> accounts.other_suggested then 'ambiguous' when accounts.suggested is not null then 'suggested' when accounts.happened <> accounts.other_happened then 'ambiguous' when accounts.happened is not null then 'happened' else 'waiting' end as resolution, coalesce(unresolved.account_id, accounts.named, accounts.suggested, accounts.happened) as account_id
from unresolved
left join accounts on unresolved.label_event_id = accounts.label_event_id ), final as (
select label_event_id, user_id, case when resolution not in ('ambiguous', 'mismatched') then account_id end as account_id, txn_id, resolution, '2026-04-15T00:00:00+00:00'::timestamptz as resolved_as_of
from resolved
where resolution <> 'waiting' )
select *
from final

-- model.int_label_history
with given as (
select *
from "built"."staging"."stg_transaction_labels" ), resolutions as (
select *
from "built"."intermediate"."int_feedback_resolutions" ), feedback as (
select *
from "built"."intermediate"."int_feedback" ), labels as materialized (
select given.label_event_id, given.user_id, given.txn_id, given.label, given.label_source, given.strength, given.observed_at, given.superseded_at, case when resolutions.label_event_id is null then given.account_id else resolutions.account_id end as account_id, case feedback.action when 'accept' then 'accept' when 'correct' then 'correct' else 'independent' end as label_exposure
from given
left join resolutions on given.label_event_id = resolutions.label_event_id
left join feedback on given.label_event_id = feedback.label_event_id
where not coalesce(feedback.is_inconsistent, false) ), transactions as (
select *
from "built"."staging"."stg_transactions"
where not is_demo
and not is_deleted
and amount <> 0 ), of_transactions as (
select labels.*
from labels
inner join transactions on labels.user_id = transactions.user_id
and labels.account_id = transactions.account_id
and labels.txn_id = transactions.txn_id
where labels.observed_at >= transactions.occurred_at ), compared as (
select *, max(strength) over ( partition by user_id, account_id, txn_id
order by observed_at asc, strength asc, label_event_id asc rows between unbounded preceding
and 1 preceding ) as strongest_before
from of_transactions ), effective_labels as (
select *
from compared
where strength >= coalesce(strongest_before, 0) ), final as (
select label_event_id, txn_id, user_id, account_id, label, label_source, label_exposure, observed_at as valid_from, least( superseded_at, lead(observed_at) over ( partition by user_id, account_id, txn_id
order by observed_at asc, strength asc, label_event_id asc ) ) as valid_to
from effective_labels )
select *
from final

-- model.int_merchant_priors
with merchants as (
select *
from "built"."marts"."dim_merchants" ), final as (
select merchant_key, as_of_month, max(merchant_support) as merchant_support, max(last_label_observed_at) as last_label_observed_at, array[ coalesce(max(prior) filter (where category = 'Groceries'), 0)::real, coalesce(max(prior) filter (where category = 'Dining'), 0)::real, coalesce(max(prior) filter (where category = 'Transport'), 0)::real, coalesce(max(prior) filter (where category = 'Fuel & Auto'), 0)::real, coalesce(max(prior) filter (where category = 'Housing'), 0)::real, coalesce(max(prior) filter (where category = 'Utilities & Telecom'), 0)::real, coalesce(max(prior) filter (where category = 'Shopping'), 0)::real, coalesce(max(prior) filter (where category = 'Home & Garden'), 0)::real, coalesce(max(prior) filter (where category = 'Health'), 0)::real, coalesce(max(prior) filter (where category = 'Personal Care & Fitness'), 0)::real, coalesce(max(prior) filter (where category = 'Entertainment'), 0)::real, coalesce(max(prior) filter (where category = 'Travel'), 0)::real, coalesce(max(prior) filter (where category = 'Subscriptions & Digital'), 0)::real, coalesce(max(prior) filter (where category = 'Insurance'), 0)::real, coalesce(max(prior) filter (where category = 'Education'), 0)::real, coalesce(max(prior) filter (where category = 'Fees & Interest'), 0)::real, coalesce(max(prior) filter (where category = 'Taxes & Government'), 0)::real, coalesce(max(prior) filter (where category = 'Charity & Donations'), 0)::real, coalesce(max(prior) filter (where category = 'Services'), 0)::real, coalesce(max(prior) filter (where category = 'Income'), 0)::real, coalesce(max(prior) filter (where category = 'Transfers & Debt'), 0)::real, coalesce(max(prior) filter (where category = 'Cash'), 0)::real ] as merchant_prior
from merchants
group by merchant_key, as_of_month )
select *
from final

-- model.int_settled_labels
with history as (
select *, min(valid_from) over (partition by user_id, account_id, txn_id) as first_observed_at
from "built"."intermediate"."int_label_history" ), final as (
select txn_id, user_id, account_id, label, label_source, label_exposure, valid_from as label_observed_at, first_observed_at
from history
where valid_to is null )
select *
from final

-- model.mart_model_against_rules
with compared as (
select *
from "built"."marts"."fct_suggestion_compare"
where label is not null
and raw.is_evidence(served_source)
and compared_at <= '2026-04-15T00:00:00+00:00'::timestamptz - interval '7 days' ), features as (
select *
from "built"."staging"."stg_ml_features" ), transactions as (
select *
from "built"."staging"."stg_transactions" ), answers as (
select txn_id, user_id, account_id, label, label_source, label_exposure, rules_version, rules_category, champion_version as model_version, case when champion_acceptance = 'accepted' then champion_category end as model_category, greatest(compared_at + interval '7 days', label_observed_at) as settled_at
from compared
where champion_version is not null
and coalesce(champion_acceptance, '') <> 'not_asked'
and rules_version is not null
union all
select txn_id, user_id, account_id, label, label_source, label_exposure, rules_version, rules_category, challenger_version as model_version, case when challenger_acceptance = 'accepted' then challenger_category end as model_category, greatest(compared_at + interval '7 days', label_observed_at) as settled_at
from compared
where challenger_version is not null
and coalesce(challenger_acceptance, '') <> 'not_asked'
and rules_version is not null ), worth as (
select answers.*, (answers.settled_at at time zone 'UTC')::date as settled_on, coalesce(nullif(features.merchant_key, ''), lower(transactions.description)) as merchant, answers.label_exposure = 'independent'
and answers.label_source <> 'rule' as is_independent, case when answers.model_category is null then 0 when answers.model_category = answers.label then 1 else -1 end as model_worth, case when answers.rules_category is null then 0 when answers.rules_category = answers.label then 1 else -1 end as rules_worth
from answers
inner join transactions on answers.user_id = transactions.user_id
and answers.account_id = transactions.account_id
and answers.txn_id = transactions.txn_id
left join features on answers.user_id = features.user_id
and answers.account_id = features.account_id
and answers.txn_id = features.txn_id ), of_labels as (
select worth.*, worth.label_source as labels
from worth
union all
select worth.*, 'independent' as labels
from worth
where worth.is_independent ), sliced as (
select of_labels.*, slices.dimension, slices.value, min(of_labels.settled_on) over ( partition by of_labels.model_version, of_labels.rules_version, of_labels.labels, slices.dimension, slices.value, of_labels.merchant ) as first_settled_on
from of_labels
cross join lateral ( values ('all', 'all'), ('category', of_labels.label), ('merchant', of_labels.merchant) ) as slices (dimension, value) ), votes as (
select model_version, rules_version, labels, dimension, value, merchant, coalesce(sign(sum(model_worth - rules_worth) filter (where settled_on = first_settled_on)), 0) as vote, bool_or(model_worth <> 0) as has_model, bool_or(rules_worth <> 0) as has_rules
from sliced
group by model_version, rules_version, labels, dimension, value, merchant ), voted as (
select model_version, rules_version, labels, dimension, value, count(*) as merchants, count(*) filter (where vote > 0) as merchants_better, count(*) filter (where vote < 0) as merchants_worse, count(*) filter (where has_model) as merchants_of_model, count(*) filter (where has_rules) as merchants_of_rules
from votes
group by model_version, rules_version, labels, dimension, value ), counted as (
select model_version, rules_version, labels, dimension, value, count(*) as comparisons, count(*) filter (where model_worth = 1
and rules_worth = 1) as both_right, count(*) filter (where model_worth = 1
and rules_worth = -1) as model_right, count(*) filter (where model_worth = -1
and rules_worth = 1) as rules_right, count(*) filter (where model_worth = -1
and rules_worth = -1) as both_wrong, count(*) filter (where model_worth = 1
and rules_worth = 0) as model_alone_right, count(*) filter (where model_worth = -1
and rules_worth = 0) as model_alone_wrong, count(*) filter (where model_worth = 0
and rules_worth = 1) as rules_alone_right, count(*) filter (where model_worth = 0
and rules_worth = -1) as rules_alone_wrong, count(*) filter (where model_worth = 0
and rules_worth = 0) as both_silent, (count(*) filter (where model_worth = 1))::double precision / nullif(count(*) filter (where model_worth <> 0), 0) as model_precision, (count(*) filter (where rules_worth = 1))::double precision / nullif(count(*) filter (where rules_worth <> 0), 0) as rules_precision
from sliced
group by model_version, rules_version, labels, dimension, value ), final as (
select counted.model_version, counted.rules_version, counted.labels, counted.dimension, counted.value, counted.comparisons, counted.both_right, counted.model_right, counted.rules_right, counted.both_wrong, counted.model_alone_right, counted.model_alone_wrong, counted.rules_alone_right, counted.rules_alone_wrong, counted.both_silent, counted.model_precision, (counted.model_precision + 1.9208 / nullif(voted.merchants_of_model, 0) - 1.96 * sqrt( counted.model_precision * (1 - counted.model_precision) / nullif(voted.merchants_of_model, 0) + 0.9604 / (nullif(voted.merchants_of_model, 0)::double precision ^ 2) )) / (1 + 3.8416 / nullif(voted.merchants_of_model, 0)) as model_precision_low, (counted.model_precision + 1.9208 / nullif(voted.merchants_of_model, 0) + 1.96 * sqrt( counted.model_precision * (1 - counted.model_precision) / nullif(voted.merchants_of_model, 0) + 0.9604 / (nullif(voted.merchants_of_model, 0)::double precision ^ 2) )) / (1 + 3.8416 / nullif(voted.merchants_of_model, 0)) as model_precision_high, counted.rules_precision, (counted.rules_precision + 1.9208 / nullif(voted.merchants_of_rules, 0) - 1.96 * sqrt( counted.rules_precision * (1 - counted.rules_precision) / nullif(voted.merchants_of_rules, 0) + 0.9604 / (nullif(voted.merchants_of_rules, 0)::double precision ^ 2) )) / (1 + 3.8416 / nullif(voted.merchants_of_rules, 0)) as rules_precision_low, (counted.rules_precision + 1.9208 / nullif(voted.merchants_of_rules, 0) + 1.96 * sqrt( counted.rules_precision * (1 - counted.rules_precision) / nullif(voted.merchants_of_rules, 0) + 0.9604 / (nullif(voted.merchants_of_rules, 0)::double precision ^ 2) )) / (1 + 3.8416 / nullif(voted.merchants_of_rules, 0)) as rules_precision_high, voted.merchants, voted.merchants_better, voted.merchants_worse, (voted.merchants_better - voted.merchants_worse)::double precision / nullif(voted.merchants, 0) as net_difference, greatest(-1, least(1, (voted.merchants_better - voted.merchants_worse)::double precision / (voted.merchants + 2) - 1.96 * sqrt(greatest( 0, (voted.merchants_better + voted.merchants_worse + 1)::double precision / (voted.merchants + 2) - ((voted.merchants_better - voted.merchants_worse)::double precision / (voted.merchants + 2)) ^ 2 ) / (voted.merchants + 2)) )) as net_difference_low, greatest(-1, least(1, (voted.merchants_better - voted.merchants_worse)::double precision / (voted.merchants + 2) + 1.96 * sqrt(greatest( 0, (voted.merchants_better + voted.merchants_worse + 1)::double precision / (voted.merchants + 2) - ((voted.merchants_better - voted.merchants_worse)::double precision / (voted.merchants + 2)) ^ 2 ) / (voted.merchants + 2)) )) as net_difference_high
from counted
inner join voted on counted.model_version = voted.model_version
and counted.rules_version = voted.rules_version
and counted.labels = voted.labels
and counted.dimension = voted.dimension
and counted.value = voted.value )
select *
from final

-- model.mart_rollout_history
with decisions as (
select *
from "built"."staging"."stg_rollout_decisions" ), kpis as (
select *
from "built"."marts"."mart_suggestions_kpis" ), named as (
select *, coalesce(control_model_version, '') || '/' || coalesce(canary_model_version, '') as models, concat(shadow, ' ', shadow_percent) as shadow_settings, coalesce(overrides_hash, '') as overrides_name
from decisions ), compared as (
select *, act is not null
and percent = lag(percent) over (order by version)
and models = lag(models) over (order by version)
and shadow_settings = lag(shadow_settings) over (order by version)
and overrides_name = lag(overrides_name) over (order by version) as is_act
from named ), numbered as (
select *, max(version) filter (where is_act is not true) over (order by version) as decision
from compared ), decided as (
select *, max(version) over (partition by decision) as last_version
from numbered ), linked as (
select *, lead(decided_at) over (order by version) as replaced_at, lag(percent) over (order by version) as previous_percent, lag(version) over (order by version) is null as is_first, lag(models) over (order by version) as previous_models, lag(shadow_settings) over (order by version) as previous_shadow_settings, lag(overrides_name) over (order by version) as previous_overrides_name
from decided
where version = decision ), watched as (
select linked.version, sum(kpis.suggestions) as suggestions, sum(kpis.suggestions) filter (where kpis.arm = 'canary') as canary_suggestions, sum(kpis.asked) filter (where kpis.arm = case when linked.percent > 0 then 'canary' else 'control' end) as asked, sum(kpis.accepted) filter (where kpis.arm = case when linked.percent > 0 then 'canary' else 'control' end) as accepted, sum(kpis.agreeing) as agreeing, sum(kpis.disagreeing) as disagreeing, sum(kpis.matured) as matured, sum(kpis.matured_correct) as matured_correct, sum(kpis.independent) filter (where kpis.arm = 'control') as control_independent, sum(kpis.independent_correct) filter (where kpis.arm = 'control') as control_independent_correct, sum(kpis.independent) filter (where kpis.arm = 'canary') as canary_independent, sum(kpis.independent_correct) filter (where kpis.arm = 'canary') as canary_independent_correct, sum(kpis.shown) as shown, sum(kpis.user_rejects + kpis.user_corrects) as complaints
from linked
inner join kpis on kpis.rollout_version between linked.version
and linked.last_version
group by linked.version ), measured as (
select linked.version, linked.last_version, linked.decided_at, linked.replaced_at, case when linked.is_first then 'first' when linked.models <> linked.previous_models then 'models' when linked.percent > linked.previous_percent then 'up' when linked.percent < linked.previous_percent then 'down' when linked.shadow_settings <> linked.previous_shadow_settings then 'settings' when linked.overrides_name <> linked.previous_overrides_name then 'overrides' else 'settings' end as move, coalesce(linked.overrides_name <> linked.previous_overrides_name, false) as overrides_changed, linked.overrides, linked.percent, linked.previous_percent, linked.shadow, linked.shadow_percent, linked.control_model_version, linked.canary_model_version, linked.actor, linked.reason, linked.verdict, linked.policy, linked.verdict_reasons, coalesce(watched.suggestions, 0)::bigint as suggestions, coalesce(watched.canary_suggestions, 0)::bigint as canary_suggestions, coalesce(watched.asked, 0)::bigint as asked, coalesce(watched.matured, 0)::bigint as matured, (watched.accepted)::double precision / nullif(watched.asked, 0) as coverage, (watched.asked - watched.accepted)::double precision / nullif(watched.asked, 0) as fallback_rate, (watched.disagreeing)::double precision / nullif(watched.agreeing + watched.disagreeing, 0) as disagreement, (watched.matured_correct)::double precision / nullif(watched.matured, 0) as precision_matured, coalesce(watched.shown, 0)::bigint as shown, coalesce(watched.complaints, 0)::bigint as complaints, coalesce(watched.control_independent, 0)::bigint as control_independent, coalesce(watched.canary_independent, 0)::bigint as canary_independent, (watched.shown)::double precision / nullif(watched.suggestions, 0) as shown_share, (watched.complaints)::double precision / nullif(watched.shown, 0) as complaint_rate, (watched.control_independent_correct)::double precision / nullif(watched.control_independent, 0) as control_precision_independent, (watched.canary_independent_correct)::double precision / nullif(watched.canary_independent, 0) as canary_precision_independent
from linked
left join watched on linked.version = watched.version ), final as (
select *, lag(shown_share) over (order by version) as previous_shown_share, lag(complaint_rate) over (order by version) as previous_complaint_rate, lag(control_precision_independent) over (order by version) as previous_control_precision_independent, lag(canary_precision_independent) over (order by version) as previous_canary_precision_independent
from measured )
select *
from final

-- model.mart_suggestions_daily
with suggestions as (
select *
from "built"."staging"."stg_suggestions" ), evaluated as (
select *
from "built"."marts"."fct_suggestions_eval"
where is_shown ), final as (
select suggestions.suggested_on, suggestions.arm, suggestions.served_source, evaluated.label_source, count(*) as suggestions, count(suggestions.category) as with_category, count(suggestions.fallback_reason) as fallbacks, count(evaluated.event_id) as labelled, count(*) filter (where evaluated.is_correct) as correct, count(*) filter (where evaluated.is_independent) as independent, count(*) filter (where evaluated.is_independent
and evaluated.is_correct) as independent_correct, avg(suggestions.confidence) filter (where suggestions.category is not null) as mean_confidence
from suggestions
left join evaluated on suggestions.event_id = evaluated.event_id
group by suggestions.suggested_on, suggestions.arm, suggestions.served_source, evaluated.label_source )
select *
from final

-- model.mart_suggestions_feedback_daily
with feedback as (
select *
from "built"."intermediate"."int_feedback" ), counted as (
select (given_at at time zone 'UTC')::date as given_on, arm, served_source, shown_category, model_version, label_source, count(*) as feedbacks, count(*) filter (where action = 'accept') as accepts, count(*) filter (where action = 'reject') as rejects, count(*) filter (where action = 'correct') as corrects, count(*) filter (where action = 'label') as labels, count(*) filter (where action = 'label'
and label_source <> 'rule') as independent_labels, count(*) filter (where is_inconsistent) as inconsistent, count(*) filter (where resolution in ('ambiguous', 'mismatched')) as refused
from feedback
group by given_on, arm, served_source, shown_category, model_version, label_source ), final as (
select *, (accepts)::double precision / nullif(accepts + rejects + corrects, 0) as acceptance_rate
from counted )
select *
from final

-- model.mart_suggestions_kpis
with suggestions as (
select *
from "built"."staging"."stg_suggestions" ), comparisons as (
select *
from "built"."marts"."fct_suggestion_compare"
where raw.is_evidence(served_source) ), latest_feedback as (
select event_id, action
from "built"."intermediate"."int_feedback"
where is_latest_feedback ), matured as (
select event_id, label_source, is_correct, is_independent
from "built"."marts"."fct_suggestions_eval"
where is_mature
and is_shown ), counted as (
select suggestions.suggested_on, suggestions.arm, suggestions.served_source, suggestions.category, suggestions.model_version, comparisons.challenger_version, suggestions.rules_version, suggestions.rollout_version, matured.label_source, count(*) as suggestions, count(suggestions.category) as shown, count(suggestions.fallback_reason) as fallbacks, count(*) filter (where comparisons.challenger_acceptance in ('accepted', 'low_confidence', 'unavailable', 'error', 'timeout')) as asked, count(*) filter (where comparisons.challenger_acceptance = 'accepted') as accepted, count(*) filter (where comparisons.challenger_acceptance = 'low_confidence') as low_confidence, count(*) filter (where comparisons.challenger_acceptance = 'unavailable') as unavailable, count(*) filter (where comparisons.challenger_acceptance = 'error') as error, count(*) filter (where comparisons.challenger_acceptance = 'timeout') as timeout, count(*) filter (where comparisons.outcome = 'agree') as agreeing, count(*) filter (where comparisons.outcome = 'disagree') as disagreeing, count(*) filter (where suggestions.category is not null
and latest_feedback.action = 'accept') as user_accepts, count(*) filter (where suggestions.category is not null
and latest_feedback.action = 'reject') as user_rejects, count(*) filter (where suggestions.category is not null
and latest_feedback.action = 'correct') as user_corrects, count(matured.event_id) as matured, count(*) filter (where matured.is_correct) as matured_correct, count(*) filter (where matured.is_independent) as independent, count(*) filter (where matured.is_independent
and matured.is_correct) as independent_correct
from suggestions
left join comparisons on suggestions.event_id = comparisons.event_id
left join latest_feedback on suggestions.event_id = latest_feedback.event_id
left join matured on suggestions.event_id = matured.event_id
group by suggestions.suggested_on, suggestions.arm, suggestions.served_source, suggestions.category, suggestions.model_version, comparisons.challenger_version, suggestions.rules_version, suggestions.rollout_version, matured.label_source ), final as (
select *, (accepted)::double precision / nullif(asked, 0) as coverage, (asked - accepted)::double precision / nullif(asked, 0) as fallback_rate, (unavailable + error + timeout)::double precision / nullif(asked, 0) as error_rate, (disagreeing)::double precision / nullif(agreeing + disagreeing, 0) as disagreement, (user_accepts)::double precision / nullif(user_accepts + user_rejects + user_corrects, 0) as user_acceptance, (matured_correct)::double precision / nullif(matured, 0) as precision_matured, (independent_correct)::double precision / nullif(independent, 0) as precision_independent
from counted )
select *
from final

-- model.stg_comparisons
with source as (
select *
from "built"."raw"."suggestion_compare" ), redelivered as (
select *
from "built"."staging"."stg_redelivered_comparisons" ), delivered as (
select source.*, coalesce(source.account_id, (
select record.account_id
from "built"."raw"."transactions" as record
where record.source_topic = 'transactions'
and record.source_partition = split_part(source.event_id, '-', -2)::integer
and record.source_offset = split_part(source.event_id, '-', -1)::bigint
and raw.is_same_topic(record.source_topic_id, raw.topic_id_of(source.event_id))
and record.user_id = source.user_id
and record.txn_id = source.txn_id )) as of_account
from source
where not exists (
select
from redelivered
where source.source_topic = redelivered.source_topic
and source.source_topic_id = redelivered.source_topic_id
and source.source_partition = redelivered.source_partition
and source.source_offset = redelivered.source_offset ) ), final as (
select event_id, txn_id, user_id, of_account as account_id, arm, bucket, jsonb_path_query_first(answers, '$[*] ? (@.role == "rules")') as rules_answer, jsonb_path_query_first(answers, '$[*] ? (@.role == "champion")') as champion_answer, jsonb_path_query_first(answers, '$[*] ? (@.role == "challenger")') as challenger_answer, control_category, canary_category, outcome, served_source, rollout_version, scored_in_us, compared_at, (compared_at at time zone 'UTC')::date as compared_on, raw.topic_id_of(event_id) as input_topic_id, split_part(event_id, '-', -2)::integer as input_partition, split_part(event_id, '-', -1)::bigint as input_offset, loaded_at, landed_xid
from delivered )
select *
from final

-- model.stg_dead_letters
with source as (
select *
from "built"."raw"."dead_letters" ), final as (
select source_topic_id, source_partition, source_offset, reason, origin_topic, origin_topic_id, origin_partition, origin_offset, worker_version, is_truncated, recorded_at, loaded_at
from source )
select *
from final

-- model.stg_feedback
with source as (
select *
from "built"."raw"."suggestion_feedback" ), first_sent as (
select distinct on (user_id, feedback_id) *
from source
where given_at <= '2026-04-15T00:00:00+00:00'::timestamptz
order by user_id asc, feedback_id asc, loaded_at asc, source_offset asc ), final as (
select user_id, feedback_id, 'feedback:' || length(user_id) || ':' || user_id || ':' || feedback_id as label_event_id, txn_id, account_id, event_id, action, category, source as label_source, given_at, loaded_at
from first_sent )
select *
from final

-- model.stg_ml_features
with source as not materialized (
select *
from "built"."raw"."ml_features" ), newest as (
select feature_version
from source
order by loaded_at desc, feature_version desc
limit 1 ), final as (
select source.user_id, source.account_id, source.txn_id, source.feature_version, source.occurred_at, source.norm_desc, source.merchant_key, source.written, source.numeric, source.loaded_at
from source
inner join newest on source.feature_version = newest.feature_version )
select *
from final

-- model.stg_model_registry
with source as (
select *
from "built"."raw"."model_registry" ), final as (
select model_version, status, taxonomy_version, feature_version, trained_at, status_at, loaded_at
from source )
select *
from final

-- model.stg_quarantined_transactions
with source as (
select *
from "built"."raw"."transactions" ), final as (
select source_topic, source_topic_id, source_partition, source_offset, txn_id, user_id, account_id, occurred_at, loaded_at, 'dated_in_future' as reason
from source
where occurred_at > ('2026-04-15T00:00:00+00:00'::timestamptz + interval '1 hour') )
select *
from final

-- model.stg_redelivered_comparisons
with final as (
select source_topic, source_topic_id, source_partition, source_offset, event_id
from (
select source_topic, source_topic_id, source_partition, source_offset, event_id, row_number() over ( partition by event_id
order by loaded_at asc, source_topic asc, source_topic_id asc, source_partition asc, source_offset asc ) as delivery
from "built"."raw"."suggestion_compare"
where hashtextextended(event_id, 0) in (
select hashtextextended(event_id, 0) as hashed
from "built"."raw"."suggestion_compare"
group by hashed
having count(*) > 1 ) ) as deliveries
where delivery > 1 )
select *
from final

-- model.stg_redelivered_suggestions
with final as (
select source_topic, source_topic_id, source_partition, source_offset, event_id
from (
select source_topic, source_topic_id, source_partition, source_offset, event_id, row_number() over ( partition by event_id
order by loaded_at asc, source_topic asc, source_topic_id asc, source_partition asc, source_offset asc ) as delivery
from "built"."raw"."suggestion_events"
where hashtextextended(event_id, 0) in (
select hashtextextended(event_id, 0) as hashed
from "built"."raw"."suggestion_events"
group by hashed
having count(*) > 1 ) ) as deliveries
where delivery > 1 )
select *
from final

-- model.stg_rejects
with source as (
select *
from "built"."raw"."rejects" ), final as (
select source_topic, source_topic_id, source_partition, source_offset, reason, detail, recorded_at, loaded_at
from source
where landed_at is null )
select *
from final

-- model.stg_release_cut_offs
with source as (
select *
from "built"."raw"."release_cut_offs" ), final as (
select model_version, trained_until
from source )
select *
from final

-- model.stg_rollout_decisions
with source as (
select *
from "built"."raw"."rollout_decisions"
where source_topic_id !~ '@' ), final as (
select version, percent, shadow, (record ->> 'shadow_percent')::numeric(5, 2) as shadow_percent, control_model_version, canary_model_version, (record -> 'overrides')::text as overrides, record ->> 'overrides_hash' as overrides_hash, actor, reason, verdict, record -> 'evidence' ->> 'policy' as policy, (record -> 'evidence' -> 'reasons')::text as verdict_reasons, record -> 'act' ->> 'kind' as act, record ->> 'prev_hash' as prev_hash, record ->> 'hash' as hash, decided_at, loaded_at
from source )
select *
from final

-- model.stg_suggestions
with source as (
select *
from "built"."raw"."suggestion_events" ), redelivered as (
select *
from "built"."staging"."stg_redelivered_suggestions" ), delivered as (
select source.*, coalesce(source.account_id, (
select record.account_id
from "built"."raw"."transactions" as record
where record.source_topic = 'transactions'
and record.source_partition = split_part(source.event_id, '-', -2)::integer
and record.source_offset = split_part(source.event_id, '-', -1)::bigint
and raw.is_same_topic(record.source_topic_id, raw.topic_id_of(source.event_id))
and record.user_id = source.user_id
and record.txn_id = source.txn_id )) as of_account
from source
where not exists (
select
from redelivered
where source.source_topic = redelivered.source_topic
and source.source_topic_id = redelivered.source_topic_id
and source.source_partition = redelivered.source_partition
and source.source_offset = redelivered.source_offset ) ), final as (
select event_id, txn_id, user_id, of_account as account_id, category, confidence, band, source as served_source, fallback_reason, arm, bucket, model_version, rules_version, taxonomy_version, rollout_version, suggested_at, (suggested_at at time zone 'UTC')::date as suggested_on, raw.topic_id_of(event_id) as input_topic_id, split_part(event_id, '-', -2)::integer as input_partition, split_part(event_id, '-', -1)::bigint as input_offset, loaded_at
from delivered )
select *
from final

-- model.stg_training_runs
with source as (
select *
from "built"."raw"."ml_training_runs" ), final as (
select run_id, model_version, result, blocked_reason, as_of, started_at, finished_at, mart_fingerprint, f1_macro, ece, loaded_at
from source )
select *
from final

-- model.stg_transaction_labels
with source as (
select *
from "built"."raw"."transaction_labels" ), final as (
select label_event_id, txn_id, user_id, account_id, label, source as label_source, case source when 'human' then 3 when 'rule' then 2 when 'import' then 1 end as strength, observed_at, case when superseded_at <= '2026-04-15T00:00:00+00:00'::timestamptz then superseded_at end as superseded_at, loaded_at
from source
where observed_at <= '2026-04-15T00:00:00+00:00'::timestamptz )
select *
from final

-- model.stg_transactions
with source as (
select *
from "built"."raw"."transactions" ), plausible as (
select *
from source
where occurred_at <= ('2026-04-15T00:00:00+00:00'::timestamptz + interval '1 hour') ), latest as (
select distinct on (user_id, account_id, txn_id) *, bool_or(deleted_at is not null) over (partition by user_id, account_id, txn_id) as is_deleted
from plausible
order by user_id asc, account_id asc, txn_id asc, loaded_at desc, source_offset desc ), final as (
select txn_id, user_id, account_id, occurred_at, amount, currency, description, merchant, mcc, country, channel, origin, is_deleted, starts_with(user_id, 'demo-') as is_demo, source_topic, source_topic_id, source_partition, source_offset, loaded_at
from latest )
select *
from final

-- model.stg_user_hints
with source as (
select *
from "built"."raw"."user_hints"
where source_topic_id !~ '@' ), of_topics as (
select *, min(loaded_at) over (partition by source_topic_id) as topic_since
from source ), latest as (
select distinct on (user_id, merchant_key) *
from of_topics
order by user_id asc, merchant_key asc, topic_since desc, source_offset desc ), final as (
select user_id, merchant_key, preference, category, created_at, loaded_at
from latest
where preference is not null )
select *
from final

-- test
select *
from "built"."marts"."fct_suggestion_compare"
where not coalesce((label is not null) = (label_use is not distinct
from 'counts'), false)

-- test
select *
from "built"."marts"."fct_suggestions_eval"
where not coalesce(is_correct = (category is not null
and category = label), false)

-- test
select *
from "built"."marts"."fct_suggestions_eval"
where not coalesce(label_observed_at >= suggested_at, false)

-- test
select *
from "built"."marts"."fct_training_view"
where not coalesce(amount <> 0, false)

-- test
select *
from "built"."marts"."fct_training_view"
where not coalesce(not starts_with(user_id, 'demo-'), false)

-- test
select *
from "built"."marts"."mart_model_against_rules"
where not coalesce(comparisons = both_right + model_right + rules_right + both_wrong + model_alone_right + model_alone_wrong + rules_alone_right + rules_alone_wrong + both_silent
and merchants_better + merchants_worse <= merchants
and merchants <= comparisons, false)

-- test
select *
from "built"."marts"."mart_model_against_rules"
where not coalesce(net_difference between net_difference_low - 1e-9
and net_difference_high + 1e-9
or merchants < 5, false)

-- test
select *
from "built"."marts"."mart_rollout_history"
where not coalesce(complaints <= shown
and control_independent + canary_independent <= least(matured, shown)
and shown <= suggestions, false)

-- test
select *
from "built"."marts"."mart_suggestions_daily"
where not coalesce(independent_correct <= least(independent, correct)
and greatest(independent, correct) <= labelled
and labelled <= with_category
and with_category <= suggestions, false)

-- test
select *
from "built"."marts"."mart_suggestions_feedback_daily"
where not coalesce(feedbacks = accepts + rejects + corrects + labels
and inconsistent <= accepts
and independent_labels <= labels, false)

-- test
select *
from "built"."marts"."mart_suggestions_kpis"
where not coalesce(asked = accepted + low_confidence + unavailable + error + timeout
and asked <= suggestions, false)

-- test
select *
from "built"."marts"."mart_suggestions_kpis"
where not coalesce(independent_correct <= least(independent, matured_correct)
and greatest(independent, matured_correct) <= matured
and matured <= shown
and shown <= suggestions, false)

-- test
select *
from "built"."staging"."stg_feedback"
where not coalesce(category is not null
or action = 'reject', false)

-- test
select *
from "built"."staging"."stg_suggestions"
where not coalesce((category is null) = (served_source = 'none'), false)

-- test
select *
from "built"."staging"."stg_suggestions"
where not coalesce(fallback_reason is null
or arm = 'canary', false)

-- test
select *
from "built"."staging"."stg_training_runs"
where not coalesce((result = 'BLOCKED') = (blocked_reason is not null), false)

-- test
select acceptance_rate
from "built"."marts"."mart_suggestions_feedback_daily"
where not (acceptance_rate between 0
and 1)

-- test
select account_id
from "built"."staging"."stg_transactions"
where account_id is null

-- test
select action
from "built"."staging"."stg_feedback"
where action is null

-- test
select actor
from "built"."staging"."stg_rollout_decisions"
where actor is null

-- test
select amount
from "built"."staging"."stg_transactions"
where amount is null

-- test
select arm
from "built"."staging"."stg_suggestions"
where arm is null

-- test
select as_of_month
from "built"."marts"."dim_merchants"
where as_of_month > ('2026-04-15T00:00:00+00:00'::timestamptz + interval '1 hour')

-- test
select bucket
from "built"."marts"."fct_suggestion_compare"
where not (bucket between 0
and 9999)

-- test
select canary_category
from "built"."marts"."fct_suggestion_compare"
where canary_category not in ('Groceries', 'Dining', 'Transport', 'Fuel & Auto', 'Housing', 'Utilities & Telecom', 'Shopping', 'Home & Garden', 'Health', 'Personal Care & Fitness', 'Entertainment', 'Travel', 'Subscriptions & Digital', 'Insurance', 'Education', 'Fees & Interest', 'Taxes & Government', 'Charity & Donations', 'Services', 'Income', 'Transfers & Debt', 'Cash')

-- test
select canary_precision_independent
from "built"."marts"."mart_rollout_history"
where not (canary_precision_independent between 0
and 1)

-- test
select category
from "built"."marts"."dim_merchants"
where category not in ('Groceries', 'Dining', 'Transport', 'Fuel & Auto', 'Housing', 'Utilities & Telecom', 'Shopping', 'Home & Garden', 'Health', 'Personal Care & Fitness', 'Entertainment', 'Travel', 'Subscriptions & Digital', 'Insurance', 'Education', 'Fees & Interest', 'Taxes & Government', 'Charity & Donations', 'Services', 'Income', 'Transfers & Debt', 'Cash')

-- test
select category
from "built"."marts"."fct_suggestions_eval"
where category not in ('Groceries', 'Dining', 'Transport', 'Fuel & Auto', 'Housing', 'Utilities & Telecom', 'Shopping', 'Home & Garden', 'Health', 'Personal Care & Fitness', 'Entertainment', 'Travel', 'Subscriptions & Digital', 'Insurance', 'Education', 'Fees & Interest', 'Taxes & Government', 'Charity & Donations', 'Services', 'Income', 'Transfers & Debt', 'Cash')

-- test
select category
from "built"."marts"."mart_suggestions_kpis"
where category not in ('Groceries', 'Dining', 'Transport', 'Fuel & Auto', 'Housing', 'Utilities & Telecom', 'Shopping', 'Home & Garden', 'Health', 'Personal Care & Fitness', 'Entertainment', 'Travel', 'Subscriptions & Digital', 'Insurance', 'Education', 'Fees & Interest', 'Taxes & Government', 'Charity & Donations', 'Services', 'Income', 'Transfers & Debt', 'Cash')

-- test
select category
from "built"."staging"."stg_feedback"
where category not in ('Groceries', 'Dining', 'Transport', 'Fuel & Auto', 'Housing', 'Utilities & Telecom', 'Shopping', 'Home & Garden', 'Health', 'Personal Care & Fitness', 'Entertainment', 'Travel', 'Subscriptions & Digital', 'Insurance', 'Education', 'Fees & Interest', 'Taxes & Government', 'Charity & Donations', 'Services', 'Income', 'Transfers & Debt', 'Cash')

-- test
select category
from "built"."staging"."stg_suggestions"
where category not in ('Groceries', 'Dining', 'Transport', 'Fuel & Auto', 'Housing', 'Utilities & Telecom', 'Shopping', 'Home & Garden', 'Health', 'Personal Care & Fitness', 'Entertainment', 'Travel', 'Subscriptions & Digital', 'Insurance', 'Education', 'Fees & Interest', 'Taxes & Government', 'Charity & Donations', 'Services', 'Income', 'Transfers & Debt', 'Cash')

-- test
select category
from "built"."staging"."stg_user_hints"
where category not in ('Groceries', 'Dining', 'Transport', 'Fuel & Auto', 'Housing', 'Utilities & Telecom', 'Shopping', 'Home & Garden', 'Health', 'Personal Care & Fitness', 'Entertainment', 'Travel', 'Subscriptions & Digital', 'Insurance', 'Education', 'Fees & Interest', 'Taxes & Government', 'Charity & Donations', 'Services', 'Income', 'Transfers & Debt', 'Cash')

-- test
select challenger_category
from "built"."marts"."fct_suggestion_compare"
where challenger_category not in ('Groceries', 'Dining', 'Transport', 'Fuel & Auto', 'Housing', 'Utilities & Telecom', 'Shopping', 'Home & Garden', 'Health', 'Personal Care & Fitness', 'Entertainment', 'Travel', 'Subscriptions & Digital', 'Insurance', 'Education', 'Fees & Interest', 'Taxes & Government', 'Charity & Donations', 'Services', 'Income', 'Transfers & Debt', 'Cash')

-- test
select champion_category
from "built"."marts"."fct_suggestion_compare"
where champion_category not in ('Groceries', 'Dining', 'Transport', 'Fuel & Auto', 'Housing', 'Utilities & Telecom', 'Shopping', 'Home & Garden', 'Health', 'Personal Care & Fitness', 'Entertainment', 'Travel', 'Subscriptions & Digital', 'Insurance', 'Education', 'Fees & Interest', 'Taxes & Government', 'Charity & Donations', 'Services', 'Income', 'Transfers & Debt', 'Cash')

-- test
select complaint_rate
from "built"."marts"."mart_rollout_history"
where not (complaint_rate between 0
and 1)

-- test
select confidence
from "built"."staging"."stg_suggestions"
where not (confidence between 0
and 1)

-- test
select control_category
from "built"."marts"."fct_suggestion_compare"
where control_category not in ('Groceries', 'Dining', 'Transport', 'Fuel & Auto', 'Housing', 'Utilities & Telecom', 'Shopping', 'Home & Garden', 'Health', 'Personal Care & Fitness', 'Entertainment', 'Travel', 'Subscriptions & Digital', 'Insurance', 'Education', 'Fees & Interest', 'Taxes & Government', 'Charity & Donations', 'Services', 'Income', 'Transfers & Debt', 'Cash')

-- test
select control_precision_independent
from "built"."marts"."mart_rollout_history"
where not (control_precision_independent between 0
and 1)

-- test
select coverage
from "built"."marts"."mart_rollout_history"
where not (coverage between 0
and 1)

-- test
select coverage
from "built"."marts"."mart_suggestions_kpis"
where not (coverage between 0
and 1)

-- test
select currency
from "built"."staging"."stg_transactions"
where currency is null

-- test
select decided_at
from "built"."staging"."stg_rollout_decisions"
where decided_at is null

-- test
select decided_at, replaced_at
from "built"."marts"."mart_rollout_history"
where decided_at > replaced_at

-- test
select decisions.version
from "built"."staging"."stg_rollout_decisions" as decisions
left join "built"."marts"."mart_rollout_history" as history on decisions.version between history.version
and history.last_version
and decisions.percent = history.percent
where history.version is null

-- test
select disagreement
from "built"."marts"."mart_rollout_history"
where not (disagreement between 0
and 1)

-- test
select disagreement
from "built"."marts"."mart_suggestions_kpis"
where not (disagreement between 0
and 1)

-- test
select error_rate
from "built"."marts"."mart_suggestions_kpis"
where not (error_rate between 0
and 1)

-- test
select event_id
from "built"."staging"."stg_comparisons"
where event_id is null

-- test
select event_id
from "built"."staging"."stg_suggestions"
where event_id is null

-- test
select event_id as unique_field, count(*) as n_records
from "built"."marts"."fct_suggestion_compare"
where event_id is not null
group by event_id
having count(*) > 1

-- test
select event_id as unique_field, count(*) as n_records
from "built"."marts"."fct_suggestions_eval"
where event_id is not null
group by event_id
having count(*) > 1

-- test
select event_id as unique_field, count(*) as n_records
from "built"."staging"."stg_comparisons"
where event_id is not null
group by event_id
having count(*) > 1

-- test
select event_id as unique_field, count(*) as n_records
from "built"."staging"."stg_suggestions"
where event_id is not null
group by event_id
having count(*) > 1

-- test
select events.event_id
from "built"."raw"."suggestion_events" as events
where events.event_id in (select again.event_id
from "built"."staging"."stg_redelivered_suggestions" as again)
group by events.event_id
having count(distinct events.suggested_at) > 1
or count(distinct coalesce(events.category, '')) > 1
or count(distinct events.rollout_version) > 1

-- test
select f1_macro
from "built"."staging"."stg_training_runs"
where not (f1_macro between 0
and 1)

-- test
select fallback_rate
from "built"."marts"."mart_rollout_history"
where not (fallback_rate between 0
and 1)

-- test
select fallback_rate
from "built"."marts"."mart_suggestions_kpis"
where not (fallback_rate between 0
and 1)

-- test
select feature_version
from "built"."staging"."stg_ml_features"
where feature_version is null

-- test
select feature_version
from (select distinct feature_version
from "built"."marts"."fct_training_view") as found
where (select count(distinct feature_version)
from "built"."marts"."fct_training_view") > 1

-- test
select features_as_of, occurred_at
from "built"."marts"."fct_training_view"
where features_as_of > occurred_at

-- test
select feedback.label_event_id
from "built"."staging"."stg_feedback" as feedback
left join "built"."staging"."stg_transaction_labels" as labels on feedback.label_event_id = labels.label_event_id
and feedback.txn_id = labels.txn_id
and feedback.user_id = labels.user_id
and feedback.category = labels.label
and feedback.label_source = labels.label_source
where feedback.action <> 'reject'
and labels.label_event_id is null
and feedback.loaded_at > erasure.whole_since()
union all
select labels.label_event_id
from "built"."staging"."stg_transaction_labels" as labels
left join "built"."staging"."stg_feedback" as feedback on labels.label_event_id = feedback.label_event_id
where starts_with(labels.label_event_id, 'feedback:')
and (feedback.label_event_id is null
or feedback.action = 'reject')
and labels.loaded_at > erasure.whole_since()

-- test
select first_observed_at, label_observed_at
from "built"."intermediate"."int_settled_labels"
where first_observed_at > label_observed_at

-- test
select given_at
from "built"."staging"."stg_feedback"
where given_at is null

-- test
select given_on, arm, served_source, shown_category, model_version, label_source
from "built"."marts"."mart_suggestions_feedback_daily"
group by given_on, arm, served_source, shown_category, model_version, label_source
having count(*) > 1

-- test
select hash
from "built"."staging"."stg_rollout_decisions"
where hash is null

-- test
select hash as unique_field, count(*) as n_records
from "built"."staging"."stg_rollout_decisions"
where hash is not null
group by hash
having count(*) > 1

-- test
select history.label_event_id
from "built"."intermediate"."int_label_history" as history
inner join "built"."intermediate"."int_feedback_resolutions" as resolutions on history.label_event_id = resolutions.label_event_id
where resolutions.resolution in ('ambiguous', 'mismatched')
union all
select label_event_id
from "built"."intermediate"."int_feedback"
where resolution in ('ambiguous', 'mismatched', 'waiting')
and event_id is not null

-- test
select is_inconsistent
from "built"."intermediate"."int_feedback"
where is_inconsistent is null

-- test
select is_latest_feedback
from "built"."intermediate"."int_feedback"
where is_latest_feedback is null

-- test
select label
from "built"."intermediate"."int_settled_labels"
where label is null

-- test
select label
from "built"."marts"."fct_suggestion_compare"
where label not in ('Groceries', 'Dining', 'Transport', 'Fuel & Auto', 'Housing', 'Utilities & Telecom', 'Shopping', 'Home & Garden', 'Health', 'Personal Care & Fitness', 'Entertainment', 'Travel', 'Subscriptions & Digital', 'Insurance', 'Education', 'Fees & Interest', 'Taxes & Government', 'Charity & Donations', 'Services', 'Income', 'Transfers & Debt', 'Cash')

-- test
select label
from "built"."marts"."fct_suggestions_eval"
where label not in ('Groceries', 'Dining', 'Transport', 'Fuel & Auto', 'Housing', 'Utilities & Telecom', 'Shopping', 'Home & Garden', 'Health', 'Personal Care & Fitness', 'Entertainment', 'Travel', 'Subscriptions & Digital', 'Insurance', 'Education', 'Fees & Interest', 'Taxes & Government', 'Charity & Donations', 'Services', 'Income', 'Transfers & Debt', 'Cash')

-- test
select label
from "built"."marts"."fct_training_view"
where label not in ('Groceries', 'Dining', 'Transport', 'Fuel & Auto', 'Housing', 'Utilities & Telecom', 'Shopping', 'Home & Garden', 'Health', 'Personal Care & Fitness', 'Entertainment', 'Travel', 'Subscriptions & Digital', 'Insurance', 'Education', 'Fees & Interest', 'Taxes & Government', 'Charity & Donations', 'Services', 'Income', 'Transfers & Debt', 'Cash')

-- test
select label
from "built"."staging"."stg_transaction_labels"
where label is null

-- test
select label
from "built"."staging"."stg_transaction_labels"
where label not in ('Groceries', 'Dining', 'Transport', 'Fuel & Auto', 'Housing', 'Utilities & Telecom', 'Shopping', 'Home & Garden', 'Health', 'Personal Care & Fitness', 'Entertainment', 'Travel', 'Subscriptions & Digital', 'Insurance', 'Education', 'Fees & Interest', 'Taxes & Government', 'Charity & Donations', 'Services', 'Income', 'Transfers & Debt', 'Cash')

-- test
select label_event_id
from "built"."intermediate"."int_feedback"
where label_event_id is null

-- test
select label_event_id
from "built"."intermediate"."int_feedback_resolutions"
where label_event_id is null

-- test
select label_event_id
from "built"."intermediate"."int_label_history"
where label_event_id is null

-- test
select label_event_id
from "built"."staging"."stg_transaction_labels"
where label_event_id is null

-- test
select label_event_id as unique_field, count(*) as n_records
from "built"."intermediate"."int_feedback"
where label_event_id is not null
group by label_event_id
having count(*) > 1

-- test
select label_event_id as unique_field, count(*) as n_records
from "built"."intermediate"."int_feedback_resolutions"
where label_event_id is not null
group by label_event_id
having count(*) > 1

-- test
select label_event_id as unique_field, count(*) as n_records
from "built"."intermediate"."int_label_history"
where label_event_id is not null
group by label_event_id
having count(*) > 1

-- test
select label_event_id as unique_field, count(*) as n_records
from "built"."staging"."stg_feedback"
where label_event_id is not null
group by label_event_id
having count(*) > 1

-- test
select label_event_id as unique_field, count(*) as n_records
from "built"."staging"."stg_transaction_labels"
where label_event_id is not null
group by label_event_id
having count(*) > 1

-- test
select label_exposure
from "built"."intermediate"."int_label_history"
where label_exposure is null

-- test
select label_observed_at
from "built"."intermediate"."int_settled_labels"
where label_observed_at > ('2026-04-15T00:00:00+00:00'::timestamptz + interval '1 hour')

-- test
select label_observed_at
from "built"."marts"."fct_suggestions_eval"
where label_observed_at > ('2026-04-15T00:00:00+00:00'::timestamptz + interval '1 hour')

-- test
select label_observed_at
from "built"."marts"."fct_training_view"
where label_observed_at > ('2026-04-15T00:00:00+00:00'::timestamptz + interval '1 hour')

-- test
select label_source
from "built"."staging"."stg_transaction_labels"
where label_source is null

-- test
select last_label_observed_at, (as_of_month::timestamp at time zone 'UTC')
from "built"."marts"."dim_merchants"
where last_label_observed_at > (as_of_month::timestamp at time zone 'UTC')

-- test
select merchant_key, as_of_month
from "built"."intermediate"."int_merchant_priors"
group by merchant_key, as_of_month
having count(*) > 1

-- test
select merchant_key, category, as_of_month
from "built"."marts"."dim_merchants"
group by merchant_key, category, as_of_month
having count(*) > 1

-- test
select merchant_prior
from "built"."intermediate"."int_merchant_priors"
where cardinality(merchant_prior) <> 22

-- test
select merchant_prior
from "built"."marts"."fct_training_view"
where cardinality(merchant_prior) <> 22

-- test
select model_precision
from "built"."marts"."mart_model_against_rules"
where not (model_precision between 0
and 1)

-- test
select model_version
from "built"."staging"."stg_release_cut_offs"
where model_version is null

-- test
select model_version as unique_field, count(*) as n_records
from "built"."staging"."stg_release_cut_offs"
where model_version is not null
group by model_version
having count(*) > 1

-- test
select model_version, rules_version, labels, dimension, value
from "built"."marts"."mart_model_against_rules"
group by model_version, rules_version, labels, dimension, value
having count(*) > 1

-- test
select model_version, status_at
from "built"."staging"."stg_model_registry"
group by model_version, status_at
having count(*) > 1

-- test
select net_difference
from "built"."marts"."mart_model_against_rules"
where not (net_difference between -1
and 1)

-- test
select numeric
from "built"."staging"."stg_ml_features"
where numeric is null

-- test
select observed_at
from "built"."staging"."stg_transaction_labels"
where observed_at > ('2026-04-15T00:00:00+00:00'::timestamptz + interval '1 hour')

-- test
select observed_at
from "built"."staging"."stg_transaction_labels"
where observed_at is null

-- test
select occurred_at
from "built"."marts"."fct_training_view"
where occurred_at > ('2026-04-15T00:00:00+00:00'::timestamptz + interval '1 hour')

-- test
select occurred_at
from "built"."staging"."stg_transactions"
where occurred_at > ('2026-04-15T00:00:00+00:00'::timestamptz + interval '1 hour')

-- test
select occurred_at
from "built"."staging"."stg_transactions"
where occurred_at is null

-- test
select occurred_at, label_observed_at
from "built"."marts"."fct_training_view"
where occurred_at > label_observed_at

-- test
select origin_offset
from "built"."staging"."stg_dead_letters"
where origin_offset is null

-- test
select percent
from "built"."marts"."mart_rollout_history"
where not (percent between 0
and 100)

-- test
select percent
from "built"."staging"."stg_rollout_decisions"
where not (percent between 0
and 100)

-- test
select percent
from "built"."staging"."stg_rollout_decisions"
where percent is null

-- test
select precision_independent
from "built"."marts"."mart_suggestions_kpis"
where not (precision_independent between 0
and 1)

-- test
select precision_matured
from "built"."marts"."mart_rollout_history"
where not (precision_matured between 0
and 1)

-- test
select precision_matured
from "built"."marts"."mart_suggestions_kpis"
where not (precision_matured between 0
and 1)

-- test
select previous_canary_precision_independent
from "built"."marts"."mart_rollout_history"
where not (previous_canary_precision_independent between 0
and 1)

-- test
select previous_complaint_rate
from "built"."marts"."mart_rollout_history"
where not (previous_complaint_rate between 0
and 1)

-- test
select previous_control_precision_independent
from "built"."marts"."mart_rollout_history"
where not (previous_control_precision_independent between 0
and 1)

-- test
select previous_shown_share
from "built"."marts"."mart_rollout_history"
where not (previous_shown_share between 0
and 1)

-- test
select prior
from "built"."marts"."dim_merchants"
where not (prior between 0
and 1)

-- test
select reason
from "built"."staging"."stg_dead_letters"
where reason is null

-- test
select reason
from "built"."staging"."stg_rollout_decisions"
where reason is null

-- test
select resolution
from "built"."intermediate"."int_feedback_resolutions"
where resolution is null

-- test
select rules_category
from "built"."marts"."fct_suggestion_compare"
where rules_category not in ('Groceries', 'Dining', 'Transport', 'Fuel & Auto', 'Housing', 'Utilities & Telecom', 'Shopping', 'Home & Garden', 'Health', 'Personal Care & Fitness', 'Entertainment', 'Travel', 'Subscriptions & Digital', 'Insurance', 'Education', 'Fees & Interest', 'Taxes & Government', 'Charity & Donations', 'Services', 'Income', 'Transfers & Debt', 'Cash')

-- test
select rules_precision
from "built"."marts"."mart_model_against_rules"
where not (rules_precision between 0
and 1)

-- test
select run_id
from "built"."staging"."stg_training_runs"
where run_id is null

-- test
select run_id as unique_field, count(*) as n_records
from "built"."staging"."stg_training_runs"
where run_id is not null
group by run_id
having count(*) > 1

-- test
select served_source
from "built"."staging"."stg_suggestions"
where served_source is null

-- test
select shown_category
from "built"."marts"."mart_suggestions_feedback_daily"
where shown_category not in ('Groceries', 'Dining', 'Transport', 'Fuel & Auto', 'Housing', 'Utilities & Telecom', 'Shopping', 'Home & Garden', 'Health', 'Personal Care & Fitness', 'Entertainment', 'Travel', 'Subscriptions & Digital', 'Insurance', 'Education', 'Fees & Interest', 'Taxes & Government', 'Charity & Donations', 'Services', 'Income', 'Transfers & Debt', 'Cash')

-- test
select shown_share
from "built"."marts"."mart_rollout_history"
where not (shown_share between 0
and 1)

-- test
select source_topic, source_topic_id, source_partition, source_offset
from "built"."staging"."stg_redelivered_comparisons"
group by source_topic, source_topic_id, source_partition, source_offset
having count(*) > 1

-- test
select source_topic, source_topic_id, source_partition, source_offset
from "built"."staging"."stg_redelivered_suggestions"
group by source_topic, source_topic_id, source_partition, source_offset
having count(*) > 1

-- test
select source_topic, source_topic_id, source_partition, source_offset
from "built"."staging"."stg_rejects"
group by source_topic, source_topic_id, source_partition, source_offset
having count(*) > 1

-- test
select suggested_at
from "built"."staging"."stg_suggestions"
where suggested_at is null

-- test
select suggested_on, arm, served_source, category, model_version, challenger_version, rules_version, rollout_version, label_source
from "built"."marts"."mart_suggestions_kpis"
group by suggested_on, arm, served_source, category, model_version, challenger_version, rules_version, rollout_version, label_source
having count(*) > 1

-- test
select suggested_on, arm, served_source, label_source
from "built"."marts"."mart_suggestions_daily"
group by suggested_on, arm, served_source, label_source
having count(*) > 1

-- test
select suggestions.event_id
from "built"."staging"."stg_suggestions" as suggestions
inner join "built"."staging"."stg_dead_letters" as dead_letters on dead_letters.origin_topic = 'transactions'
and suggestions.input_partition = dead_letters.origin_partition
and suggestions.input_offset = dead_letters.origin_offset
and raw.is_same_topic(suggestions.input_topic_id, dead_letters.origin_topic_id)

-- test
select superseded_at
from "built"."staging"."stg_transaction_labels"
where superseded_at > ('2026-04-15T00:00:00+00:00'::timestamptz + interval '1 hour')

-- test
select taxonomy_version
from "built"."staging"."stg_suggestions"
where taxonomy_version is null

-- test
select trained_until
from "built"."staging"."stg_release_cut_offs"
where trained_until is null

-- test
select training.txn_id
from "built"."marts"."fct_training_view" as training
inner join "built"."intermediate"."int_feedback" as feedback on training.user_id = feedback.user_id
and training.account_id = feedback.account_id
and training.txn_id = feedback.txn_id
and training.label = feedback.category
and training.label_observed_at = feedback.given_at
where feedback.is_inconsistent
and training.label_exposure = 'accept'

-- test
select training.txn_id
from "built"."marts"."fct_training_view" as training
inner join "built"."raw"."transactions" as transactions on training.user_id = transactions.user_id
and training.account_id = transactions.account_id
and training.txn_id = transactions.txn_id
where transactions.deleted_at is not null

-- test
select training.txn_id
from "built"."marts"."fct_training_view" as training
left join (
select labels.*, coalesce(resolutions.account_id, labels.account_id) as of_account
from "built"."staging"."stg_transaction_labels" as labels
left join "built"."intermediate"."int_feedback_resolutions" as resolutions on labels.label_event_id = resolutions.label_event_id ) as labels on training.user_id = labels.user_id
and training.account_id = labels.of_account
and training.txn_id = labels.txn_id
and training.label = labels.label
and training.label_source = labels.label_source
and training.label_observed_at >= labels.observed_at
where labels.txn_id is null

-- test
select ts_month
from "built"."marts"."fct_training_view"
where ts_month > ('2026-04-15T00:00:00+00:00'::timestamptz + interval '1 hour')

-- test
select ts_month, label_observed_at
from "built"."marts"."fct_training_view"
where label_observed_at >= ((ts_month + interval '1 month') at time zone 'UTC')

-- test
select txn_id
from "built"."intermediate"."int_settled_labels"
where txn_id is null

-- test
select txn_id
from "built"."staging"."stg_ml_features"
where txn_id is null

-- test
select txn_id
from "built"."staging"."stg_suggestions"
where txn_id is null

-- test
select txn_id
from "built"."staging"."stg_transaction_labels"
where txn_id is null

-- test
select txn_id
from "built"."staging"."stg_transactions"
where txn_id is null

-- test
select user_acceptance
from "built"."marts"."mart_suggestions_kpis"
where not (user_acceptance between 0
and 1)

-- test
select user_id
from "built"."staging"."stg_feedback"
where user_id is null

-- test
select user_id
from "built"."staging"."stg_suggestions"
where user_id is null

-- test
select user_id
from "built"."staging"."stg_transaction_labels"
where user_id is null

-- test
select user_id
from "built"."staging"."stg_transactions"
where user_id is null

-- test
select user_id, account_id, txn_id
from "built"."intermediate"."int_label_history" as child
where not exists (
select
from "built"."staging"."stg_transactions" as parent
where child.user_id = parent.user_id
and child.account_id = parent.account_id
and child.txn_id = parent.txn_id )

-- test
select user_id, account_id, txn_id
from "built"."intermediate"."int_settled_labels"
group by user_id, account_id, txn_id
having count(*) > 1

-- test
select user_id, account_id, txn_id
from "built"."marts"."fct_suggestions_eval" as child
where not exists (
select
from "built"."intermediate"."int_settled_labels" as parent
where child.user_id = parent.user_id
and child.account_id = parent.account_id
and child.txn_id = parent.txn_id )

-- test
select user_id, account_id, txn_id
from "built"."marts"."fct_training_view"
group by user_id, account_id, txn_id
having count(*) > 1

-- test
select user_id, account_id, txn_id
from "built"."marts"."fct_training_view" as child
where not exists (
select
from "built"."staging"."stg_transactions" as parent
where child.user_id = parent.user_id
and child.account_id = parent.account_id
and child.txn_id = parent.txn_id )

-- test
select user_id, account_id, txn_id
from "built"."raw"."transactions"
where occurred_at <= ('2026-04-15T00:00:00+00:00'::timestamptz + interval '1 hour')
and loaded_at <= (select max(staged.loaded_at)
from "built"."staging"."stg_transactions" as staged) except
select user_id, account_id, txn_id
from "built"."staging"."stg_transactions"

-- test
select user_id, account_id, txn_id
from "built"."staging"."stg_ml_features"
group by user_id, account_id, txn_id
having count(*) > 1

-- test
select user_id, account_id, txn_id
from "built"."staging"."stg_ml_features" as child
where not exists (
select
from "built"."raw"."transactions" as parent
where child.user_id = parent.user_id
and child.account_id = parent.account_id
and child.txn_id = parent.txn_id )

-- test
select user_id, account_id, txn_id
from "built"."staging"."stg_transactions"
group by user_id, account_id, txn_id
having count(*) > 1

-- test
select user_id, feedback_id
from "built"."intermediate"."int_feedback"
group by user_id, feedback_id
having count(*) > 1

-- test
select user_id, feedback_id
from "built"."staging"."stg_feedback"
group by user_id, feedback_id
having count(*) > 1

-- test
select user_id, merchant_key
from "built"."staging"."stg_user_hints"
group by user_id, merchant_key
having count(*) > 1

-- test
select valid_from, valid_to
from "built"."intermediate"."int_label_history"
where valid_from > valid_to

-- test
select version
from "built"."staging"."stg_rollout_decisions"
where version is null

-- test
select version as unique_field, count(*) as n_records
from "built"."marts"."mart_rollout_history"
where version is not null
group by version
having count(*) > 1

-- test
select version as unique_field, count(*) as n_records
from "built"."staging"."stg_rollout_decisions"
where version is not null
group by version
having count(*) > 1

-- test
with all_values as (
select action as value_field, count(*) as n_records
from "built"."staging"."stg_feedback"
group by action )
select *
from all_values
where value_field not in ( 'accept','reject','correct','label' )

-- test
with all_values as (
select arm as value_field, count(*) as n_records
from "built"."marts"."fct_suggestion_compare"
group by arm )
select *
from all_values
where value_field not in ( 'control','canary' )

-- test
with all_values as (
select arm as value_field, count(*) as n_records
from "built"."marts"."fct_suggestions_eval"
group by arm )
select *
from all_values
where value_field not in ( 'control','canary' )

-- test
with all_values as (
select arm as value_field, count(*) as n_records
from "built"."marts"."mart_suggestions_feedback_daily"
group by arm )
select *
from all_values
where value_field not in ( 'control','canary' )

-- test
with all_values as (
select arm as value_field, count(*) as n_records
from "built"."marts"."mart_suggestions_kpis"
group by arm )
select *
from all_values
where value_field not in ( 'control','canary' )

-- test
with all_values as (
select arm as value_field, count(*) as n_records
from "built"."staging"."stg_suggestions"
group by arm )
select *
from all_values
where value_field not in ( 'control','canary' )

-- test
with all_values as (
select challenger_acceptance as value_field, count(*) as n_records
from "built"."marts"."fct_suggestion_compare"
group by challenger_acceptance )
select *
from all_values
where value_field not in ( 'accepted','low_confidence','unavailable','error','timeout','not_asked' )

-- test
with all_values as (
select champion_acceptance as value_field, count(*) as n_records
from "built"."marts"."fct_suggestion_compare"
group by champion_acceptance )
select *
from all_values
where value_field not in ( 'accepted','low_confidence','unavailable','error','timeout','not_asked' )

-- test
with all_values as (
select channel as value_field, count(*) as n_records
from "built"."staging"."stg_transactions"
group by channel )
select *
from all_values
where value_field not in ( 'pos','online','ach','transfer','atm','other' )

-- test
with all_values as (
select confidence_level as value_field, count(*) as n_records
from "built"."marts"."dim_merchants"
group by confidence_level )
select *
from all_values
where value_field not in ( 'low','medium','high' )

-- test
with all_values as (
select dimension as value_field, count(*) as n_records
from "built"."marts"."mart_model_against_rules"
group by dimension )
select *
from all_values
where value_field not in ( 'all','category','merchant' )

-- test
with all_values as (
select fallback_reason as value_field, count(*) as n_records
from "built"."staging"."stg_suggestions"
group by fallback_reason )
select *
from all_values
where value_field not in ( 'low_confidence','unavailable','error','timeout','rule_doubted' )

-- test
with all_values as (
select label_exposure as value_field, count(*) as n_records
from "built"."intermediate"."int_label_history"
group by label_exposure )
select *
from all_values
where value_field not in ( 'independent','accept','correct' )

-- test
with all_values as (
select label_exposure as value_field, count(*) as n_records
from "built"."marts"."fct_suggestion_compare"
group by label_exposure )
select *
from all_values
where value_field not in ( 'independent','accept','correct' )

-- test
with all_values as (
select label_exposure as value_field, count(*) as n_records
from "built"."marts"."fct_suggestions_eval"
group by label_exposure )
select *
from all_values
where value_field not in ( 'independent','accept','correct' )

-- test
with all_values as (
select label_exposure as value_field, count(*) as n_records
from "built"."marts"."fct_training_view"
group by label_exposure )
select *
from all_values
where value_field not in ( 'independent','accept','correct' )

-- test
with all_values as (
select label_source as value_field, count(*) as n_records
from "built"."marts"."fct_suggestions_eval"
group by label_source )
select *
from all_values
where value_field not in ( 'human','rule','import' )

-- test
with all_values as (
select label_source as value_field, count(*) as n_records
from "built"."marts"."fct_training_view"
group by label_source )
select *
from all_values
where value_field not in ( 'human','rule','import' )

-- test
with all_values as (
select label_source as value_field, count(*) as n_records
from "built"."marts"."mart_suggestions_daily"
group by label_source )
select *
from all_values
where value_field not in ( 'human','rule','import' )

-- test
with all_values as (
select label_source as value_field, count(*) as n_records
from "built"."marts"."mart_suggestions_feedback_daily"
group by label_source )
select *
from all_values
where value_field not in ( 'human','rule','import' )

-- test
with all_values as (
select label_source as value_field, count(*) as n_records
from "built"."marts"."mart_suggestions_kpis"
group by label_source )
select *
from all_values
where value_field not in ( 'human','rule','import' )

-- test
with all_values as (
select label_source as value_field, count(*) as n_records
from "built"."staging"."stg_feedback"
group by label_source )
select *
from all_values
where value_field not in ( 'human','rule','import' )

-- test
with all_values as (
select label_source as value_field, count(*) as n_records
from "built"."staging"."stg_transaction_labels"
group by label_source )
select *
from all_values
where value_field not in ( 'human','rule','import' )

-- test
with all_values as (
select label_use as value_field, count(*) as n_records
from "built"."marts"."fct_suggestion_compare"
group by label_use )
select *
from all_values
where value_field not in ( 'counts','before_suggestion','in_training','release_unknown' )

-- test
with all_values as (
select labels as value_field, count(*) as n_records
from "built"."marts"."mart_model_against_rules"
group by labels )
select *
from all_values
where value_field not in ( 'human','rule','import','independent' )

-- test
with all_values as (
select move as value_field, count(*) as n_records
from "built"."marts"."mart_rollout_history"
group by move )
select *
from all_values
where value_field not in ( 'first','models','up','down','overrides','settings' )

-- test
with all_values as (
select origin as value_field, count(*) as n_records
from "built"."staging"."stg_transactions"
group by origin )
select *
from all_values
where value_field not in ( 'stream','import' )

-- test
with all_values as (
select outcome as value_field, count(*) as n_records
from "built"."marts"."fct_suggestion_compare"
group by outcome )
select *
from all_values
where value_field not in ( 'agree','disagree','canary_only','control_only','neither' )

-- test
with all_values as (
select preference as value_field, count(*) as n_records
from "built"."staging"."stg_user_hints"
group by preference )
select *
from all_values
where value_field not in ( 'always','never' )

-- test
with all_values as (
select reason as value_field, count(*) as n_records
from "built"."staging"."stg_dead_letters"
group by reason )
select *
from all_values
where value_field not in ( 'null_value','empty_value','oversize','not_utf8','malformed_json','malformed_value','unusable_schema','missing_field','wrong_type','invalid_value','too_long','time_out_of_range','unsupported_schema_version','null_key','key_mismatch','scoring_failed','unproducible' )

-- test
with all_values as (
select resolution as value_field, count(*) as n_records
from "built"."intermediate"."int_feedback"
group by resolution )
select *
from all_values
where value_field not in ( 'account','event','suggested','happened','ambiguous','mismatched','waiting' )

-- test
with all_values as (
select resolution as value_field, count(*) as n_records
from "built"."intermediate"."int_feedback_resolutions"
group by resolution )
select *
from all_values
where value_field not in ( 'account','event','suggested','happened','ambiguous','mismatched' )

-- test
with all_values as (
select result as value_field, count(*) as n_records
from "built"."staging"."stg_training_runs"
group by result )
select *
from all_values
where value_field not in ( 'PASS','REFUSED','INCONCLUSIVE','BLOCKED' )

-- test
with all_values as (
select served_source as value_field, count(*) as n_records
from "built"."marts"."fct_suggestion_compare"
group by served_source )
select *
from all_values
where value_field not in ( 'model','rules','hint','none' )

-- test
with all_values as (
select served_source as value_field, count(*) as n_records
from "built"."marts"."fct_suggestions_eval"
group by served_source )
select *
from all_values
where value_field not in ( 'model','rules','hint','none' )

-- test
with all_values as (
select served_source as value_field, count(*) as n_records
from "built"."marts"."mart_suggestions_feedback_daily"
group by served_source )
select *
from all_values
where value_field not in ( 'model','rules','hint','none' )

-- test
with all_values as (
select served_source as value_field, count(*) as n_records
from "built"."marts"."mart_suggestions_kpis"
group by served_source )
select *
from all_values
where value_field not in ( 'model','rules','hint','none' )

-- test
with all_values as (
select served_source as value_field, count(*) as n_records
from "built"."staging"."stg_suggestions"
group by served_source )
select *
from all_values
where value_field not in ( 'model','rules','hint','none' )

-- test
with all_values as (
select status as value_field, count(*) as n_records
from "built"."staging"."stg_model_registry"
group by status )
select *
from all_values
where value_field not in ( 'PASS','REFUSED','INCONCLUSIVE','PROMOTED','ROLLED_BACK_TO' )

-- test
with all_values as (
select verdict as value_field, count(*) as n_records
from "built"."marts"."mart_rollout_history"
group by verdict )
select *
from all_values
where value_field not in ( 'PROMOTE','HOLD','ROLLBACK','INCONCLUSIVE' )

-- test
with all_values as (
select verdict as value_field, count(*) as n_records
from "built"."staging"."stg_rollout_decisions"
group by verdict )
select *
from all_values
where value_field not in ( 'PROMOTE','HOLD','ROLLBACK','INCONCLUSIVE' )

-- test
with answered as (
select case when coalesce(champion_acceptance, '') <> 'not_asked' then champion_version end as model_version
from "built"."marts"."fct_suggestion_compare"
union
select case when coalesce(challenger_acceptance, '') <> 'not_asked' then challenger_version end as model_version
from "built"."marts"."fct_suggestion_compare"
union
select model_version
from "built"."staging"."stg_suggestions" )
select answered.model_version
from answered
left join "built"."staging"."stg_release_cut_offs" as known on answered.model_version = known.model_version
where answered.model_version is not null
and known.model_version is null

-- test
with answered_until as (
select input_topic_id, input_partition, max(input_offset) as input_offset
from "built"."staging"."stg_suggestions"
group by input_topic_id, input_partition ), records as (
select source_topic, source_topic_id, source_partition, source_offset, loaded_at
from "built"."raw"."transactions"
where origin = 'stream'
union all
select source_topic, source_topic_id, source_partition, source_offset, loaded_at
from "built"."staging"."stg_rejects"
where source_topic = 'transactions' )
select records.source_partition, records.source_offset, records.loaded_at
from records
left join answered_until on records.source_partition = answered_until.input_partition
and raw.is_same_topic(records.source_topic_id, answered_until.input_topic_id)
left join "built"."staging"."stg_suggestions" as suggestions on records.source_partition = suggestions.input_partition
and records.source_offset = suggestions.input_offset
and raw.is_same_topic(records.source_topic_id, suggestions.input_topic_id)
left join "built"."staging"."stg_dead_letters" as dead_letters on records.source_topic = dead_letters.origin_topic
and records.source_partition = dead_letters.origin_partition
and records.source_offset = dead_letters.origin_offset
and raw.is_same_topic(records.source_topic_id, dead_letters.origin_topic_id)
where suggestions.event_id is null
and dead_letters.origin_offset is null
and records.loaded_at > erasure.whole_since()
and ( records.source_offset <= answered_until.input_offset
or records.loaded_at <= '2026-04-15T00:00:00+00:00'::timestamptz - interval '30 minutes' )

-- test
with answers as (
select input_topic_id, input_partition, input_offset, loaded_at
from "built"."staging"."stg_suggestions"
union all
select origin_topic_id as input_topic_id, origin_partition as input_partition, origin_offset as input_offset, loaded_at
from "built"."staging"."stg_dead_letters"
where origin_topic = 'transactions' )
select answers.input_partition, answers.input_offset
from answers
inner join "built"."raw"."landing_positions" as positions on positions.topic = 'transactions'
and raw.is_same_topic(answers.input_topic_id, positions.topic_id)
and answers.input_partition = positions.partition
and answers.input_offset < positions.next
left join "built"."raw"."transactions" as transactions on transactions.source_topic = 'transactions'
and raw.is_same_topic(answers.input_topic_id, transactions.source_topic_id)
and answers.input_partition = transactions.source_partition
and answers.input_offset = transactions.source_offset
left join "built"."staging"."stg_rejects" as rejects on rejects.source_topic = 'transactions'
and raw.is_same_topic(answers.input_topic_id, rejects.source_topic_id)
and answers.input_partition = rejects.source_partition
and answers.input_offset = rejects.source_offset
where transactions.source_offset is null
and rejects.source_offset is null
and answers.loaded_at > erasure.whole_since()

-- test
with child as (
select event_id as from_field
from "built"."intermediate"."int_feedback"
where event_id is not null ), parent as (
select event_id as to_field
from "built"."staging"."stg_suggestions" )
select from_field
from child
left join parent on child.from_field = parent.to_field
where parent.to_field is null

-- test
with child as (
select event_id as from_field
from "built"."marts"."fct_suggestion_compare"
where event_id is not null ), parent as (
select event_id as to_field
from "built"."staging"."stg_comparisons" )
select from_field
from child
left join parent on child.from_field = parent.to_field
where parent.to_field is null

-- test
with child as (
select event_id as from_field
from "built"."marts"."fct_suggestions_eval"
where event_id is not null ), parent as (
select event_id as to_field
from "built"."staging"."stg_suggestions" )
select from_field
from child
left join parent on child.from_field = parent.to_field
where parent.to_field is null

-- test
with child as (
select version as from_field
from "built"."marts"."mart_rollout_history"
where version is not null ), parent as (
select version as to_field
from "built"."staging"."stg_rollout_decisions" )
select from_field
from child
left join parent on child.from_field = parent.to_field
where parent.to_field is null

-- test
with compared as (
select comparisons.arm, count(*) filter (where comparisons.outcome = 'agree') as agreeing, count(*) filter (where comparisons.outcome = 'disagree') as disagreeing, count(*) filter (where comparisons.challenger_acceptance in ('accepted', 'low_confidence', 'unavailable', 'error', 'timeout')) as asked, count(*) filter (where comparisons.challenger_acceptance = 'accepted') as accepted
from "built"."marts"."fct_suggestion_compare" as comparisons
inner join "built"."staging"."stg_suggestions" as suggestions on comparisons.event_id = suggestions.event_id
where raw.is_evidence(comparisons.served_source)
group by comparisons.arm ), kpis as (
select arm, sum(agreeing) as agreeing, sum(disagreeing) as disagreeing, sum(asked) as asked, sum(accepted) as accepted
from "built"."marts"."mart_suggestions_kpis"
group by arm )
select coalesce(compared.arm, kpis.arm) as arm
from compared full outer
join kpis on compared.arm = kpis.arm
where coalesce(compared.agreeing, 0) <> coalesce(kpis.agreeing, 0)
or coalesce(compared.disagreeing, 0) <> coalesce(kpis.disagreeing, 0)
or coalesce(compared.asked, 0) <> coalesce(kpis.asked, 0)
or coalesce(compared.accepted, 0) <> coalesce(kpis.accepted, 0)

-- test
with compared_until as (
select input_topic_id, input_partition, max(input_offset) as input_offset
from "built"."staging"."stg_comparisons"
group by input_topic_id, input_partition ), suggested_until as (
select input_topic_id, input_partition, max(input_offset) as input_offset
from "built"."staging"."stg_suggestions"
group by input_topic_id, input_partition )
select suggestions.event_id
from "built"."staging"."stg_suggestions" as suggestions
inner join compared_until on suggestions.input_topic_id = compared_until.input_topic_id
and suggestions.input_partition = compared_until.input_partition
and suggestions.input_offset <= compared_until.input_offset
left join "built"."staging"."stg_comparisons" as comparisons on suggestions.event_id = comparisons.event_id
where comparisons.event_id is null
and suggestions.loaded_at > erasure.whole_since()
union all
select comparisons.event_id
from "built"."staging"."stg_comparisons" as comparisons
inner join suggested_until on comparisons.input_topic_id = suggested_until.input_topic_id
and comparisons.input_partition = suggested_until.input_partition
and comparisons.input_offset <= suggested_until.input_offset
left join "built"."staging"."stg_suggestions" as suggestions on comparisons.event_id = suggestions.event_id
where suggestions.event_id is null
and comparisons.loaded_at > erasure.whole_since()

-- test
with evaluated as (
select arm, count(*) filter (where is_shown) as labelled, count(*) filter (where is_correct) as correct, count(*) filter (where is_shown
and is_mature) as matured, count(*) filter (where is_correct
and is_mature) as matured_correct
from "built"."marts"."fct_suggestions_eval"
group by arm ), daily as (
select arm, sum(labelled) as labelled, sum(correct) as correct
from "built"."marts"."mart_suggestions_daily"
group by arm ), kpis as (
select arm, sum(matured) as matured, sum(matured_correct) as matured_correct
from "built"."marts"."mart_suggestions_kpis"
group by arm )
select daily.arm
from daily
left join evaluated on daily.arm = evaluated.arm
left join kpis on daily.arm = kpis.arm
where daily.labelled <> coalesce(evaluated.labelled, 0)
or daily.correct <> coalesce(evaluated.correct, 0)
or kpis.matured is distinct
from coalesce(evaluated.matured, 0)
or kpis.matured_correct is distinct
from coalesce(evaluated.matured_correct, 0)

-- test
with landed as (
select source_topic, source_topic_id, source_partition, max(source_offset) as source_offset
from "built"."raw"."transactions"
group by source_topic, source_topic_id, source_partition
union all
select source_topic, source_topic_id, source_partition, max(source_offset) as source_offset
from "built"."raw"."suggestion_events"
group by source_topic, source_topic_id, source_partition
union all
select source_topic, source_topic_id, source_partition, max(source_offset) as source_offset
from "built"."raw"."suggestion_compare"
group by source_topic, source_topic_id, source_partition
union all
select source_topic, source_topic_id, source_partition, max(source_offset) as source_offset
from "built"."raw"."dead_letters"
group by source_topic, source_topic_id, source_partition
union all
select source_topic, source_topic_id, source_partition, max(source_offset) as source_offset
from "built"."raw"."suggestion_feedback"
group by source_topic, source_topic_id, source_partition
union all
select source_topic, source_topic_id, source_partition, max(source_offset) as source_offset
from "built"."raw"."rollout_decisions"
group by source_topic, source_topic_id, source_partition
union all
select source_topic, source_topic_id, source_partition, max(source_offset) as source_offset
from "built"."raw"."user_hints"
group by source_topic, source_topic_id, source_partition
union all
select source_topic, source_topic_id, source_partition, max(source_offset) as source_offset
from "built"."raw"."rejects"
group by source_topic, source_topic_id, source_partition )
select landed.source_topic, landed.source_partition, landed.source_offset
from landed
inner join "built"."raw"."landing_positions" as positions on landed.source_topic = positions.topic
and raw.is_same_topic(landed.source_topic_id, positions.topic_id)
and landed.source_partition = positions.partition
where landed.source_offset >= positions.next

-- test
with linked as (
select version, prev_hash, lag(version) over (order by version) as last_version, lag(hash) over (order by version) as last_hash
from "built"."staging"."stg_rollout_decisions" )
select version
from linked
where last_version is not null
and (version <> last_version + 1
or prev_hash is distinct
from last_hash)

-- test
with staged as (
select (given_at at time zone 'UTC')::date as given_on, count(*) as feedbacks, count(*) filter (where action = 'accept') as accepts, count(*) filter (where action = 'reject') as rejects, count(*) filter (where action = 'correct') as corrects
from "built"."staging"."stg_feedback"
group by given_on ), counted as (
select given_on, sum(feedbacks) as feedbacks, sum(accepts) as accepts, sum(rejects) as rejects, sum(corrects) as corrects
from "built"."marts"."mart_suggestions_feedback_daily"
group by given_on )
select coalesce(staged.given_on, counted.given_on) as given_on
from staged full outer
join counted on staged.given_on = counted.given_on
where staged.feedbacks is distinct
from counted.feedbacks
or staged.accepts is distinct
from counted.accepts
or staged.rejects is distinct
from counted.rejects
or staged.corrects is distinct
from counted.corrects

-- test
with staged as (
select compared_on, arm, outcome, count(*) as comparisons
from "built"."staging"."stg_comparisons"
group by compared_on, arm, outcome ), counted as (
select compared_on, arm, outcome, count(*) as comparisons
from "built"."marts"."fct_suggestion_compare"
group by compared_on, arm, outcome )
select staged.comparisons as in_staging, counted.comparisons as in_the_mart, coalesce(staged.compared_on, counted.compared_on) as compared_on
from staged full outer
join counted on staged.compared_on = counted.compared_on
and staged.arm = counted.arm
and staged.outcome = counted.outcome
where staged.comparisons is distinct
from counted.comparisons

-- test
with staged as (
select suggested_on, arm, count(*) as suggestions, count(category) as shown, count(fallback_reason) as fallbacks
from "built"."staging"."stg_suggestions"
group by suggested_on, arm ), daily as (
select suggested_on, arm, sum(suggestions) as suggestions, sum(with_category) as shown, sum(fallbacks) as fallbacks
from "built"."marts"."mart_suggestions_daily"
group by suggested_on, arm ), kpis as (
select suggested_on, arm, sum(suggestions) as suggestions, sum(shown) as shown, sum(fallbacks) as fallbacks
from "built"."marts"."mart_suggestions_kpis"
group by suggested_on, arm )
select staged.suggestions as in_staging, daily.suggestions as in_daily, kpis.suggestions as in_kpis, coalesce(staged.suggested_on, daily.suggested_on, kpis.suggested_on) as suggested_on
from staged full outer
join daily on staged.suggested_on = daily.suggested_on
and staged.arm = daily.arm full outer
join kpis on staged.suggested_on = kpis.suggested_on
and staged.arm = kpis.arm
where staged.suggestions is distinct
from daily.suggestions
or staged.shown is distinct
from daily.shown
or staged.fallbacks is distinct
from daily.fallbacks
or staged.suggestions is distinct
from kpis.suggestions
or staged.shown is distinct
from kpis.shown
or staged.fallbacks is distinct
from kpis.fallbacks


"""Paired store: what the judge remembers of paired evidence, in its own tables; a sign that is there stays as it is."""

from typing import Final

PROGRESS: Final = """
select raw.landed_before(), progress.matured_until, raw.landed_since(progress.landed_mark)
from (select 1) as once
left join rollout.paired_progress as progress
    on progress.canary = %(canary)s and progress.control = coalesce(%(control)s, '')
    and progress.rules_version = %(rules_version)s and progress.evidence_since = %(evidence_since)s
    and progress.label_maturity = %(maturity)s
"""
STORED: Final = """
select is_anchored, sign, count(*), min(settled_at)
from rollout.paired_outcomes
where canary = %(canary)s and control = coalesce(%(control)s, '') and rules_version = %(rules_version)s
    and evidence_since = %(evidence_since)s and label_maturity = %(maturity)s
group by is_anchored, sign
"""
KNOWN: Final = """
select merchant_key, is_anchored
from rollout.paired_outcomes
where canary = %(canary)s and control = coalesce(%(control)s, '') and rules_version = %(rules_version)s
    and evidence_since = %(evidence_since)s and label_maturity = %(maturity)s and merchant_key = any(%(merchants)s)
"""
STORE: Final = """
insert into rollout.paired_outcomes (
    canary, control, rules_version, evidence_since, label_maturity, merchant_key, is_anchored, sign, settled_at
)
select
    %(canary)s, coalesce(%(control)s, ''), %(rules_version)s, %(evidence_since)s, %(maturity)s, one.merchant_key,
    one.is_anchored, one.sign, one.settled_at
from unnest(%(merchants)s::text[], %(anchored)s::boolean[], %(signs)s::smallint[], %(settled)s::timestamptz[])
    as one (merchant_key, is_anchored, sign, settled_at)
on conflict do nothing
"""
MOVE: Final = """
insert into rollout.paired_progress (
    canary, control, rules_version, evidence_since, label_maturity, matured_until, landed_mark
) values (
    %(canary)s, coalesce(%(control)s, ''), %(rules_version)s, %(evidence_since)s, %(maturity)s, %(matured_until)s,
    %(next_mark)s
)
on conflict (canary, control, rules_version, evidence_since, label_maturity) do update set
    matured_until = excluded.matured_until, landed_mark = excluded.landed_mark, moved_at = now()
"""

"""The paired mart: what it says of the small past is what scorer's own statistics make of the same comparisons."""

from collections import defaultdict
from datetime import timedelta

import psycopg
import pytest

from ops.warehouse.dbt import Warehouse
from scorer.rollout.paired_outcomes import Pair, count_signs, worth
from scorer.rollout.sequential_test import difference_interval
from tests.warehouse.conftest import AS_OF

pytestmark = pytest.mark.warehouse
MATURITY = timedelta(days=7)
# The small past's features are those of raw transactions; others stand under their wording.
COMPARED = """
select coalesce(features.merchant_key, lower(transactions.description)), compare.label, compare.label_source,
    compare.label_exposure, compare.rules_category, compare.rules_version,
    role.version, case when role.acceptance = 'accepted' then role.category end,
    greatest(compare.compared_at + %(maturity)s, compare.label_observed_at)
from marts.fct_suggestion_compare as compare
inner join staging.stg_transactions as transactions using (txn_id, user_id)
left join raw.ml_features as features using (txn_id)
cross join lateral (values
    (champion_version, champion_category, champion_acceptance),
    (challenger_version, challenger_category, challenger_acceptance)
) as role (version, category, acceptance)
where compare.label is not null and compare.compared_at <= %(as_of)s - %(maturity)s
    and raw.is_evidence(compare.served_source)
    and role.version is not null and role.acceptance <> 'not_asked'
"""
MART = """
select model_version, rules_version, labels, dimension, value, comparisons, merchants, merchants_better,
    merchants_worse, net_difference_low, net_difference_high
from marts.mart_model_against_rules
"""


def test_every_slice_is_what_the_judge_s_statistics_say(built: Warehouse) -> None:
    slices: defaultdict[tuple[str, ...], list[Pair]] = defaultdict(list)
    with psycopg.connect(built.dsn) as connection:
        compared = connection.execute(COMPARED.encode(), {"as_of": AS_OF, "maturity": MATURITY}).fetchall()
        mart = connection.execute(MART.encode()).fetchall()
    for merchant, label, source, exposure, rules, rules_version, version, model, settled_at in compared:
        pair = Pair(merchant, settled_at.toordinal(), worth(model, label) - worth(rules, label))
        kinds = [source, *(["independent"] if exposure == "independent" and source != "rule" else [])]
        for kind in kinds:
            for place in (("all", "all"), ("category", label), ("merchant", merchant)):
                slices[version, rules_version, kind, *place].append(pair)
    assert {tuple(row[:5]) for row in mart} == set(slices)
    assert {row[2] for row in mart} >= {"human", "import", "independent"}
    for row in mart:
        pairs = slices[tuple(row[:5])]
        signs = count_signs(pairs)
        assert tuple(row[5:9]) == (len(pairs), sum(signs), signs.better, signs.worse)
        assert tuple(row[9:]) == pytest.approx(difference_interval(signs))

"""What a real Postgres says of each category of the canary's model: complaints, and settled labels by merchant."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import psycopg
import pytest

from ops.local.postgres import open_postgres
from ops.rollout.evidence.session import open_session
from ops.rollout.evidence.warehouse import ask_warehouse
from ops.rollout.patience import Patience
from ops.rollout.policies import load_policy
from ops.rollout.rollout_state import place
from ops.warehouse.migrate import migrate
from schemas.events.rollout import CategoryCounts, Verdict
from schemas.taxonomy import Category
from scorer.rollout.judge import judge
from scorer.rollout.metrics import Standing
from streams.rollout.change import Change, first_record, successor
from streams.settings import SuggestSettings
from tests.scorer.rollout.test_judge import GOOD

pytestmark = pytest.mark.warehouse
NOW = datetime(2026, 4, 15, tzinfo=UTC)
BEGAN, OLD = NOW - timedelta(days=20), NOW - timedelta(days=12)
POLICY = load_policy("default")

PAST = """
create function pg_temp.suggest(first int, last int, said text, by text, model text, shown_in text, at timestamptz)
returns void language sql as $$
    insert into raw.suggestion_events (source_topic, source_partition, source_offset, event_id, txn_id, user_id,
        account_id, category, confidence, source, candidates, explanations, arm, bucket, model_version, rules_version,
        taxonomy_version, rollout_version, suggested_at, loaded_at)
    select 'suggestions', 1, n, 'e-' || n, 't' || n, 'u' || n, 'a', said, 0.9, by, '[]', '[]', shown_in, 1, model,
        'r2', '1.0', 1, at, at
    from generate_series(first, last) as n;
    insert into raw.transactions (source_topic, source_partition, source_offset, txn_id, user_id, account_id,
        occurred_at, amount, currency, description, loaded_at)
    select 'transactions', 1, n, 't' || n, 'u' || n, 'a', at, -5, 'GBP',
        'SHOP ' || chr(65 + n %% 26) || chr(65 + n / 26 %% 26) || chr(65 + n / 676 %% 26), at
    from generate_series(first, last) as n
$$;
create function pg_temp.say(first int, last int, word text, at timestamptz) returns void language sql as $$
    insert into raw.suggestion_feedback (source_topic, source_partition, source_offset, feedback_id, txn_id, user_id,
        action, category, source, given_at, loaded_at)
    select 'suggestion-feedback', 1, n, 'f' || n, 't' || n, 'u' || n, word,
        case word when 'correct' then 'Cash' end, 'human', at, at
    from generate_series(first, last) as n
$$;
create function pg_temp.label(first int, last int, known text, by text, at timestamptz) returns void language sql as $$
    insert into raw.transaction_labels (label_event_id, txn_id, user_id, account_id, label, source, observed_at)
    select 'import:' || n, 't' || n, 'u' || n, 'a', known, by, at from generate_series(first, last) as n
$$;
insert into raw.model_registry (model_version, status, taxonomy_version, feature_version, trained_at)
values ('m2', 'serving', '1.0', '3', %(began)s);
select pg_temp.suggest(1, 100, 'Dining', 'model', 'm2', 'canary', %(old)s),
    pg_temp.suggest(101, 200, 'Groceries', 'model', 'm2', 'canary', %(old)s),
    pg_temp.suggest(201, 260, 'Fuel & Auto', 'model', 'm2', 'canary', %(old)s),
    pg_temp.suggest(301, 340, 'Travel', 'rules', null, 'canary', %(old)s),
    pg_temp.suggest(341, 380, 'Travel', 'model', 'm1', 'canary', %(old)s),
    pg_temp.suggest(381, 420, 'Travel', 'model', 'm2', 'control', %(old)s);
-- the same suggestion, delivered again
insert into raw.suggestion_events (source_topic, source_partition, source_offset, event_id, txn_id, user_id,
    account_id, category, confidence, source, candidates, explanations, arm, bucket, model_version, rules_version,
    taxonomy_version, rollout_version, suggested_at, loaded_at)
select source_topic, source_partition, source_offset + 9000, event_id, txn_id, user_id, account_id, category,
    confidence, source, candidates, explanations, arm, bucket, model_version, rules_version, taxonomy_version,
    rollout_version, suggested_at, loaded_at
from raw.suggestion_events where source_offset <= 10;
select pg_temp.say(1, 25, 'reject', %(old)s + interval '1 hour'),
    pg_temp.say(26, 40, 'correct', %(old)s + interval '1 hour'),
    pg_temp.say(101, 102, 'reject', %(old)s + interval '1 hour'),
    pg_temp.say(103, 150, 'accept', %(old)s + interval '1 hour'),
    pg_temp.say(301, 420, 'reject', %(old)s + interval '1 hour');
select pg_temp.label(151, 200, 'Groceries', 'import', %(old)s + interval '1 day'),
    pg_temp.label(201, 250, 'Cash', 'import', %(old)s + interval '1 day'),
    pg_temp.label(251, 260, 'Cash', 'rule', %(old)s + interval '1 day');
-- thirty more rows of one merchant, wrong every time: one voice
select pg_temp.suggest(501, 530, 'Shopping', 'model', 'm2', 'canary', %(old)s);
update raw.transactions set description = 'WICKES' where source_offset between 501 and 530;
select pg_temp.label(501, 530, 'Cash', 'import', %(old)s + interval '1 day');
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    with open_postgres("embedded", directory=tmp_path_factory.mktemp("categories")) as server:
        migrate(server.dsn)
        with psycopg.connect(server.dsn, cursor_factory=psycopg.ClientCursor) as connection:
            connection.execute(PAST.encode(), {"began": BEGAN, "old": OLD})
        first = first_record(SuggestSettings(), canary_model="m2", actor="ada", now=BEGAN)
        stands = place([first, successor(first, Change(actor="ada", reason="x", percent="10.00"), now=BEGAN)])
        with open_session(server.dsn, Patience(30)) as session:
            standing, faults = ask_warehouse(GOOD, session, POLICY, stands, now=NOW)
        assert not [fault for fault in faults if "categor" in fault]
        yield standing


def test_each_category_of_the_canary_s_model_is_counted_once_a_suggestion_and_once_a_merchant(seen: Standing) -> None:
    assert seen.categories == {
        Category("Dining"): CategoryCounts(served=100, complaints=40),
        Category("Fuel & Auto"): CategoryCounts(served=60, settled=50, wrong=50),
        Category("Groceries"): CategoryCounts(served=100, complaints=2, settled=50),
        Category("Shopping"): CategoryCounts(served=30, settled=1, wrong=1),
    }


def test_the_verdict_names_the_categories_and_the_commands(seen: Standing) -> None:
    found = judge(POLICY, msgspec.structs.replace(GOOD, categories=seen.categories))
    assert found.verdict is Verdict.HOLD
    complained, wrong = found.reasons
    assert "Dining 40 of 100" in complained
    assert "ledgermind rollout set --mute Dining --reason" in complained
    assert "Fuel & Auto 50 of 50" in wrong
    assert "ledgermind rollout set --mute 'Fuel & Auto' --reason" in wrong

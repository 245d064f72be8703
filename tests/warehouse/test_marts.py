"""What analysts read: every question by one select of one mart, in the words and denominators of the stream."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from prometheus_client import REGISTRY
from prometheus_client.samples import Sample

from ops.warehouse.dbt import Warehouse
from schemas.events.comparison import Acceptance, ComparisonOutcome
from schemas.events.suggestion import Arm, FallbackReason
from scorer.rollout.compute_rates import Asked, coverage, disagreement, errors, fallback
from streams.produce.batch_metrics import tally
from tests.support.scored_dataset import LAST, MATURE, ScoredPast, score_past

pytestmark = pytest.mark.warehouse
OURS = f"suggested_on in ('{MATURE:%Y-%m-%d}', '{LAST:%Y-%m-%d}')"

Ask = Callable[[str], list[tuple[Any, ...]]]


def as_dict(rows: list[tuple[Any, ...]]) -> dict[Any, Any]:
    """Return rows of two columns by the first."""
    return dict(rows)


@pytest.fixture(scope="module")
def past() -> ScoredPast:
    return score_past()


@pytest.fixture(scope="module")
def ask(built: Warehouse) -> Iterator[Ask]:
    with psycopg.connect(built.dsn) as connection:
        yield lambda query: connection.execute(query.encode()).fetchall()


@pytest.fixture(scope="module")
def counted(past: ScoredPast) -> Callable[..., float]:
    """Return what the worker's counters gained by the past, by metric and labels."""

    def value(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(name, labels) or 0.0

    before = {(sample.name, *sorted(sample.labels.items())): sample.value for sample in samples()}
    tally(past.scored, past.refused, now=0.0)
    return lambda name, **labels: value(name, **labels) - before.get((name, *sorted(labels.items())), 0.0)


def samples() -> Iterator[Sample]:
    return (sample for family in REGISTRY.collect() for sample in family.samples)


@pytest.mark.parametrize("arm", Arm)
def test_kpis_count_what_the_worker_s_counters_count(ask: Ask, counted: Callable[..., float], arm: Arm) -> None:
    names = [acceptance.value for acceptance in Acceptance if acceptance is not Acceptance.NOT_ASKED]
    columns = ", ".join(f"sum({name})" for name in (*names, "agreeing", "disagreeing", "asked"))
    (row,) = ask(f"select {columns} from marts.mart_suggestions_kpis where arm = '{arm}' and {OURS}")
    accepted = [counted("lm_ml_acceptance_total", arm=arm, acceptance=name) for name in names]
    agreed = [
        counted("lm_suggest_compare_total", arm=arm, outcome=way)
        for way in (ComparisonOutcome.AGREE, ComparisonOutcome.DISAGREE)
    ]
    assert [float(value) for value in row] == [*accepted, *agreed, sum(accepted)]
    assert all(accepted), "the past must hold each kind"
    assert all(agreed)
    assert arm is Arm.CONTROL or agreed[0] != agreed[1], "one that stood for the other would be seen"


@pytest.mark.parametrize("arm", Arm)
def test_rates_have_the_denominators_of_the_rollout(ask: Ask, counted: Callable[..., float], arm: Arm) -> None:
    words = {word.value: counted("lm_ml_acceptance_total", arm=arm, acceptance=word) for word in Acceptance}
    asked = Asked(**{word: count for word, count in words.items() if word != Acceptance.NOT_ASKED})
    agree, disagree = (counted("lm_suggest_compare_total", arm=arm, outcome=way) for way in ("agree", "disagree"))
    (row,) = ask(
        f"""select sum(accepted)::float / sum(asked), sum(asked - accepted)::float / sum(asked),
            sum(unavailable + error + timeout)::float / sum(asked),
            sum(disagreeing)::float / sum(agreeing + disagreeing)
        from marts.mart_suggestions_kpis where arm = '{arm}' and {OURS}"""
    )
    agreement = disagreement(agree=agree, disagree=disagree)
    assert row == pytest.approx((coverage(asked), fallback(asked), errors(asked), agreement))


def test_the_rates_of_a_row_are_those_of_its_counts_and_absent_where_nothing_was_asked(ask: Ask) -> None:
    rows = ask(
        """select accepted, low_confidence, unavailable, error, timeout, agreeing, disagreeing,
            coverage, fallback_rate, disagreement from marts.mart_suggestions_kpis"""
    )
    for *words, agreeing, disagreeing, covered, fell_back, disagreed in rows:
        asked = Asked(
            **dict(zip(("accepted", "low_confidence", "unavailable", "error", "timeout"), words, strict=True))
        )
        assert (covered, fell_back) == (coverage(asked), fallback(asked))
        assert disagreed == disagreement(agree=agreeing, disagree=disagreeing)
    assert {row[-3] is None for row in rows} == {True, False}


def test_fallbacks_are_the_canary_s_and_no_assignment(ask: Ask, counted: Callable[..., float]) -> None:
    rows = ask(
        f"""select arm, sum(fallbacks), sum(fallbacks) filter (where category is not null)
        from marts.mart_suggestions_kpis where {OURS} group by arm"""
    )
    (fallbacks, served) = {arm: (float(all_of_them), float(shown)) for arm, all_of_them, shown in rows}["canary"]
    assert fallbacks == sum(counted("lm_ml_fallback_total", reason=reason) for reason in FallbackReason)
    assert served == counted("lm_ml_predictions_total", source="fallback", arm="canary")
    assert 0 < served < fallbacks  # a canary that falls back to silence is served nothing
    assert [row[1] for row in rows if row[0] == "control"] == [0]


def test_the_mart_and_the_topic_hold_the_same_suggestions(ask: Ask, past: ScoredPast) -> None:
    (row,) = ask(f"select sum(suggestions), sum(shown) from marts.mart_suggestions_kpis where {OURS}")
    shown = [item for item in past.scored if item.suggestion.category is not None]
    assert row == (len(past.scored), len(shown))
    assert ask("select count(*) from staging.stg_dead_letters where reason = 'malformed_json'") == [
        (len(past.refused),)
    ]


def test_what_happened_in_the_rollout_is_one_select(ask: Ask, past: ScoredPast) -> None:
    rows = ask(
        """select move, percent::text, actor, reason, verdict, policy, verdict_reasons, canary_suggestions
        from marts.mart_rollout_history order by version"""
    )
    canary = sum(item.suggestion.arm is Arm.CANARY for item in past.scored)
    assert rows == [
        ("first", "0.00", "a test", "shadow first", None, None, None, 0),
        ("up", "50.00", "a test", "shadow looked well", None, None, None, canary),
        ("down", "0.00", "judge", "errors", "ROLLBACK", "default", '["errors"]', 0),
    ]
    assert canary > 0


def test_an_act_beside_the_rollout_splits_nothing(ask: Ask) -> None:
    rows = ask(
        "select version, last_version, suggestions, replaced_at from marts.mart_rollout_history order by version"
    )
    under: dict[int, int] = dict(
        ask("select rollout_version, sum(suggestions)::int from marts.mart_suggestions_kpis group by 1")
    )
    assert under[1] and under[2], "suggestions before the act and behind it"
    assert [row[:3] for row in rows] == [(0, 0, under[0]), (1, 2, under[1] + under[2]), (3, 3, under[3])]
    assert [row[3] for row in rows] == [MATURE, LAST, None]


def test_what_a_promotion_changed_is_one_row_with_before_and_after(ask: Ask) -> None:
    values = ("shown_share", "complaint_rate", "control_precision_independent", "canary_precision_independent")
    seen = [
        ask(
            f"""with under as (select * from staging.stg_suggestions where rollout_version between {first} and {last}),
                labelled as (
                    select arm, is_correct from marts.fct_suggestions_eval
                    where rollout_version between {first} and {last} and is_mature and is_shown and is_independent
                ),
                said as (
                    select distinct on (event_id) event_id, action from intermediate.int_feedback
                    where action <> 'label' and event_id is not null order by event_id, given_at desc
                )
            select avg((category is not null)::int)::float,
                (select count(*)::float from said where action in ('reject', 'correct')
                    and event_id in (select event_id from under where category is not null))
                / nullif(count(category), 0),
                (select avg(is_correct::int)::float from labelled where arm = 'control'),
                (select avg(is_correct::int)::float from labelled where arm = 'canary')
            from under"""
        )[0]
        for first, last in ask("select version, last_version from marts.mart_rollout_history order by version")
    ]
    columns = ", ".join((*values, *(f"previous_{value}" for value in values)))
    rows = ask(f"select {columns} from marts.mart_rollout_history order by version")
    assert [row[:4] for row in rows] == [pytest.approx(row) for row in seen]
    assert [row[4:] for row in rows] == [(None,) * 4, *(row[:4] for row in rows[:-1])]
    complaints, control, canary = zip(*(row[1:4] for row in rows), strict=True)
    assert all(any(value is not None for value in values) for values in (control, canary)), "labels in both arms"
    assert complaints[1] > 0


def test_the_last_word_on_a_suggestion_counts_and_every_act_on_its_day(ask: Ask) -> None:
    (acts,) = ask("select sum(feedbacks), sum(accepts + rejects + corrects) from marts.mart_suggestions_feedback_daily")
    (landed,) = ask("select count(*), count(*) filter (where action <> 'label') from raw.suggestion_feedback")
    assert acts == landed
    (words,) = ask("select sum(user_accepts + user_rejects + user_corrects) from marts.mart_suggestions_kpis")
    assert words == (landed[1] - 1,)  # one user had second thoughts


def test_an_accept_of_what_was_never_shown_is_no_label(ask: Ask) -> None:
    inconsistent = "select txn_id from intermediate.int_feedback where is_inconsistent"
    (row,) = ask(f"select count(*) from ({inconsistent}) as found")
    assert row == (1,)
    assert ask(f"select * from marts.fct_suggestions_eval where txn_id in ({inconsistent})") == []
    assert ask("select sum(inconsistent) from marts.mart_suggestions_feedback_daily") == [(1,)]


def test_anchored_labels_are_counted_apart_from_independent_ones(ask: Ask) -> None:
    rows: dict[str, int] = dict(
        ask("select label_exposure, count(*) from marts.fct_suggestions_eval where is_shown group by 1")
    )
    assert set(rows) == {"independent", "accept", "correct"}
    (row,) = ask(
        """select count(*) filter (where is_correct), bool_and(is_correct) filter (where label_exposure = 'accept'),
            bool_or(is_correct) filter (where label_exposure = 'correct')
        from marts.fct_suggestions_eval where is_shown and arm = 'control' and label_exposure <> 'independent'"""
    )
    assert row[1] is True  # whoever accepts agrees, by what the word means: such labels say nothing of precision
    (kpis,) = ask("select sum(matured), sum(independent) from marts.mart_suggestions_kpis")
    assert 0 < kpis[1] < kpis[0]


def test_only_suggestions_past_the_label_maturity_have_a_precision(ask: Ask) -> None:
    rows: dict[str, int] = dict(
        ask("select suggested_on::text, sum(matured) from marts.mart_suggestions_kpis group by 1")
    )
    assert rows[f"{MATURE:%Y-%m-%d}"] > 0
    assert rows[f"{LAST:%Y-%m-%d}"] == 0


def test_every_column_of_every_model_is_described_in_postgres(ask: Ask) -> None:
    columns = ask(
        """select table_schema || '.' || table_name || '.' || column_name,
            col_description((table_schema || '.' || table_name)::regclass, ordinal_position)
        from information_schema.columns where table_schema in ('staging', 'intermediate', 'marts')"""
    )
    assert len(columns) > 250
    assert [name for name, described in columns if not described] == []
    undescribed = """select relname from pg_class where relnamespace::regnamespace::text
        in ('staging', 'intermediate', 'marts') and relkind in ('r', 'v') and obj_description(oid) is null"""
    assert ask(undescribed) == []

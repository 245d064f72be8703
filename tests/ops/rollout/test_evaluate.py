"""A judge that goes on whoever is away: they are named, nothing is promoted, and bad looks are counted in a row."""

from datetime import UTC, datetime, timedelta

import pytest

from ops.errors import OpsError, PostgresError
from ops.rollout import metrics
from ops.rollout.evaluate import Look, Looker
from ops.rollout.evidence.warehouse_answer import WarehouseAnswer
from ops.rollout.patience import Patience
from ops.rollout.policies import load_policy
from ops.rollout.rollout_state import Place
from ops.rollout.service import look_once
from ops.rollout.sources.metrics_client import Labels, Scrape
from ops.rollout.sources.windows import Window
from schemas.events.rollout import RolloutRecord, Verdict
from scorer.errors import RegistryError
from scorer.rollout.metrics import Standing
from streams.errors import BrokerUnreachable, RolloutRecordError
from streams.rollout.change import Change, first_record, successor
from streams.settings import SuggestSettings

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
LATER = BEGIN + timedelta(hours=1)
SOUND: dict[tuple[str, Labels], float] = {
    ("lm_stream_transactions_total", ()): 1_000,
    ("lm_ml_acceptance_total", (("acceptance", "accepted"), ("arm", "canary"))): 700,
    ("lm_ml_acceptance_total", (("acceptance", "low_confidence"), ("arm", "canary"))): 300,
    ("lm_suggest_compare_total", (("outcome", "agree"),)): 600,
    ("lm_ml_predict_latency_seconds_bucket", (("le", "0.01"),)): 990,
    ("lm_ml_predict_latency_seconds_bucket", (("le", "+Inf"),)): 1_000,
}
FAILING = SOUND | {("lm_ml_acceptance_total", (("acceptance", "timeout"), ("arm", "canary"))): 9_000}


class Counted:
    """A source that counts what it is told to, or is away."""

    def __init__(self, samples: dict[tuple[str, Labels], float] | None) -> None:
        self.samples = samples

    def recent(self, seconds: float) -> Window:
        if self.samples is None:
            raise OpsError("Prometheus does not answer")
        return Window(Scrape(self.samples), seconds)

    rates = recent

    def freshness(self) -> Scrape | None:
        return None


class Bench:
    """A canary at 10 % by the fast policy, with whoever counts, whoever keeps labels and the records at hand."""

    def __init__(self, samples: dict[tuple[str, Labels], float] | None = None) -> None:
        first = first_record(SuggestSettings(), canary_model="m", actor="ada", now=BEGIN)
        self.records = [first]
        self.append("10.00")
        self.source = Counted(SOUND if samples is None else samples)
        self.away: Exception | None = None
        self.missing: tuple[str, ...] = ()
        self.looker = Looker(
            load_policy("fast"),
            history=self.history,
            source=self.source,
            asker=self.ask,
            expected_fallback=self.card,
            patience=Patience(30),
        )

    def append(self, percent: str) -> None:
        self.records.append(successor(self.records[-1], Change(actor="a", reason="x", percent=percent), now=BEGIN))

    def history(self) -> list[RolloutRecord]:
        if isinstance(self.away, BrokerUnreachable):
            raise self.away
        return self.records

    def ask(self, standing: Standing, place: Place, now: datetime) -> WarehouseAnswer:
        if isinstance(self.away, PostgresError):
            raise self.away
        return WarehouseAnswer(standing, self.missing)

    def card(self, version: str) -> float:
        if isinstance(self.away, RegistryError):
            raise self.away
        return 0.28

    def look(self) -> Look:
        return self.looker.look(LATER)


def test_a_sound_canary_is_promoted() -> None:
    look = Bench().look()
    assert (look.judgement.verdict, look.judgement.percent, look.faults) == (Verdict.PROMOTE, 50.0, ())


def test_whoever_does_not_count_is_named_and_nothing_is_promoted() -> None:
    bench = Bench()
    bench.source.samples = None
    look = bench.look()
    assert look.judgement.verdict is Verdict.INCONCLUSIVE
    assert look.judgement.reasons[0] == "Prometheus does not answer"


@pytest.mark.parametrize(
    ("away", "says"),
    [
        (PostgresError("no Postgres answers at the given DSN"), "no Postgres answers"),
        (RegistryError("/nowhere", "is gone"), "expected fallback counts as none: registry /nowhere"),
    ],
    ids=["warehouse", "registry"],
)
def test_who_is_away_is_told(away: Exception, says: str) -> None:
    bench = Bench()
    bench.away = away
    (fault,) = bench.look().faults
    assert says in fault


def test_bad_looks_are_counted_in_a_row_and_begin_anew_with_another_record() -> None:
    bench = Bench(FAILING)
    assert bench.look().judgement.verdict is Verdict.HOLD
    bench.source.samples = SOUND
    assert bench.look().judgement.verdict is Verdict.PROMOTE  # a good look ends the row
    bench.source.samples = FAILING
    assert bench.look().judgement.verdict is Verdict.HOLD
    bench.append("50.00")
    assert bench.look().judgement.verdict is Verdict.HOLD
    assert bench.look().judgement.verdict is Verdict.ROLLBACK


def shown(verdict: Verdict) -> float:
    return metrics.JUDGE.get_sample_value("lm_rollout_verdicts_total", {"verdict": verdict.value}) or 0.0


def test_a_service_without_a_broker_says_so_and_goes_on() -> None:
    bench, before = Bench(), shown(Verdict.INCONCLUSIVE)
    bench.away = BrokerUnreachable("nobody answers")
    look = look_once(bench.looker, seen=lambda look, now: None)
    assert (look.judgement.verdict, look.judgement.reasons) == (Verdict.INCONCLUSIVE, ("nobody answers",))
    assert shown(Verdict.INCONCLUSIVE) == before + 1


def test_a_service_that_another_writer_outran_goes_on() -> None:
    def outrun(look: Look, now: datetime) -> None:
        raise RolloutRecordError("another writer was faster")

    look = look_once(Bench().looker, seen=outrun)
    assert look.judgement.verdict is Verdict.PROMOTE
    assert metrics.JUDGE.get_sample_value("lm_rollout_percent") == 10.0
    assert metrics.JUDGE.get_sample_value("lm_rollout_observed", {"rate": "excess_fallback"}) == pytest.approx(0.02)
    assert metrics.JUDGE.get_sample_value("lm_rollout_threshold", {"rate": "excess_fallback"}) == 0.30

"""Weeks of rollouts on a real Prometheus, told on a simulated clock: each model is treated as the default policy says.

What workers export is written as a past that Prometheus is started over; the judge asks it what it knew at each time.
"""

import math
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from ops.local.ports import free_port
from ops.local.process import start, stop
from ops.patience import patience_seconds, wait_for
from ops.rollout.evaluate import Look, Looker
from ops.rollout.evidence.warehouse_answer import WarehouseAnswer
from ops.rollout.patience import Patience
from ops.rollout.policies import load_policy
from ops.rollout.rollout_state import Place
from ops.rollout.sources.prometheus import COUNTED, FRESHNESS, _ask
from ops.rollout.sources.windows import FromPrometheus
from ops.warehouse.watched_sources import WATCHED
from schemas.events.rollout import RolloutRecord, Verdict
from scorer.rollout.metrics import Standing
from streams import metrics
from streams.rollout.change import Change, first_record, parse_percent, successor
from streams.settings import SuggestSettings

pytestmark = [pytest.mark.integration]
BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
SCRAPE = 300  # seconds between two scrapes, of a simulated clock
BOUNDS = ("0.01", "0.05", "0.1", "0.5", "1.0", "+Inf")
POLICY = load_policy("default")


@dataclass(frozen=True)
class Chapter:
    """Days of traffic: shares of users in the canary by day, and what the workers count in five minutes of it."""

    title: str
    first_day: int
    shares: tuple[tuple[float, float], ...]  # (from this day of the chapter on, percent)
    days: float
    per_scrape: int = 400
    unsure: float = 0.30
    disagreement: float = 0.05
    slow_from: float = math.inf  # day from which batches take 0.5 to 1 s
    failing_from: float = math.inf  # day from which one in ten cannot be scored
    labels: Callable[[float], tuple[int, int, int]] = field(default=lambda day: (0, 0, 0))
    pleased: float = 0.8
    scraped_from: float = 0.0  # day before which nobody looks

    @property
    def begins(self) -> datetime:
        return BEGIN + timedelta(days=self.first_day)

    def at(self, day: float) -> datetime:
        return self.begins + timedelta(days=day)

    def percent(self, day: float) -> float:
        return [share for since, share in self.shares if day >= since][-1]


def growing(better: float, worse: float, alike: float) -> Callable[[float], tuple[int, int, int]]:
    """Merchants that labels speak of, by so many a day from the eighth day on: labels mature for seven."""
    return lambda day: tuple(int(max(0.0, day - 7) * each) for each in (better, worse, alike))  # type: ignore[return-value]


GOOD = Chapter("a good model", 0, ((0, 0), (1, 10), (8, 50), (22, 100)), 24, labels=growing(6, 3, 51))
SLOW = Chapter("a latency fault", 26, ((0, 10),), 2, slow_from=1.0)
FAILING = Chapter("an error fault", 30, ((0, 10),), 2, failing_from=1.0)
UNSURE = Chapter("an unsure model", 34, ((0, 0),), 2, unsure=0.70)
COPY = Chapter(
    "a model that copies the rules", 38, ((0, 50),), 30, disagreement=0.0, labels=growing(0, 0, 60), scraped_from=27
)
WORSE = Chapter(
    "a model that is worse where labels exist", 70, ((0, 50),), 20, labels=growing(3, 6, 51), scraped_from=4
)
QUIET = Chapter("too little traffic", 92, ((0, 0),), 2, per_scrape=1)
CHAPTERS = (GOOD, SLOW, FAILING, UNSURE, COPY, WORSE, QUIET)


def exposition() -> Iterator[str]:
    """Yield what was scraped in all chapters, as OpenMetrics text: one family after the other, time by time."""
    counts: dict[str, list[str]] = {}
    sums: dict[str, float] = {}

    def add(family: str, labels: str, value: float, at: float) -> None:
        key = f"{family}{labels}"
        sums[key] = sums.get(key, 0.0) + value
        counts.setdefault(family, []).append(f"{key} {sums[key]:g} {at:.0f}")

    for chapter in CHAPTERS:
        for step in range(int(chapter.scraped_from * 86_400 / SCRAPE), int(chapter.days * 86_400 / SCRAPE)):
            at, day = chapter.begins.timestamp() + step * SCRAPE, step * SCRAPE / 86_400
            n, share = chapter.per_scrape, chapter.percent(day) / 100
            add("lm_stream_transactions_total", "", n, at)
            add("lm_stream_dead_letters_total", '{reason="scoring_failed"}', 0, at)
            for arm, users in (("canary", share), ("control", 1 - share)):
                failing = 0.4 if arm == "canary" and day >= chapter.failing_from else 0.0
                words = {"accepted": 1 - chapter.unsure - failing, "low_confidence": chapter.unsure, "error": failing}
                for acceptance, part in words.items():
                    add("lm_ml_acceptance_total", f'{{arm="{arm}",acceptance="{acceptance}"}}', n * users * part, at)
            add("lm_suggest_compare_total", '{outcome="agree"}', n * 0.6 * (1 - chapter.disagreement), at)
            add("lm_suggest_compare_total", '{outcome="disagree"}', n * 0.6 * chapter.disagreement, at)
            below = (0, 0, 0, 0, n, n) if day >= chapter.slow_from else (n * 0.8, n, n, n, n, n)
            for bound, count in zip(BOUNDS, below, strict=True):
                add("lm_ml_predict_latency_seconds_bucket", f'{{le="{bound}"}}', count, at)
            for source in WATCHED:
                counts.setdefault(FRESHNESS, []).append(f'{FRESHNESS}{{table="{source}",state="fresh"}} 1 {at:.0f}')
    for family, lines in counts.items():
        kind = "gauge" if family == FRESHNESS else "unknown"
        yield f"# TYPE {family} {kind}"
        yield from sorted(lines, key=lambda line: line.rpartition(" ")[0].rpartition(" ")[0])
    yield "# EOF"


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a real Prometheus that knows all chapters."""
    missing = [program for program in ("prometheus", "promtool") if shutil.which(program) is None]
    if missing:
        pytest.skip(f"a real Prometheus is needed: {' and '.join(missing)} not on the PATH")
    folder, port = tmp_path_factory.mktemp("story"), free_port()
    (folder / "past.om").write_text("\n".join(exposition()) + "\n")
    blocks = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet", "--max-block-duration=744h"]
    subprocess.run([*blocks, str(folder / "past.om"), str(folder / "tsdb")], check=True, capture_output=True)
    (folder / "prometheus.yml").write_text("global: {scrape_interval: 1h}\n")
    options = [f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'tsdb'}"]
    options += ["--storage.tsdb.retention.time=50y", f"--web.listen-address=127.0.0.1:{port}"]
    process = start(["prometheus", *options], log=folder / "prometheus.log")
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(
            lambda: process.poll() is not None or _ask(url, "up", None, Patience(patience_seconds())) is not None,
            "answer",
            refusals=(Exception,),
        )
        yield url
    finally:
        stop(process)


class Teller:
    """A chapter's rollout record, the judge that looks at it, and the clock that both go by."""

    def __init__(self, url: str, chapter: Chapter) -> None:
        self.chapter, self._now = chapter, chapter.begins
        first = first_record(SuggestSettings(), canary_model="m", actor="ada", now=chapter.begins)
        self.records = [first]
        if chapter.shares[0][1]:
            self._append(Change(actor="ada", reason="begin", percent=f"{chapter.shares[0][1]:.2f}"))
        patience = Patience(60)
        self._looker = Looker(
            POLICY,
            history=lambda: list(self.records),
            source=FromPrometheus(url, patience=patience, clock=self._time),
            asker=self._ask_labels,
            expected_fallback=lambda _: 0.28,
            patience=patience,
        )

    def look(self, day: float) -> Look:
        """Look at a day of the chapter; where the verdict moves the share, write its record."""
        self._now = self.chapter.at(day)
        look = self._looker.look(self._now)
        if look.judgement.percent is not None:
            percent = parse_percent(f"{look.judgement.percent:.2f}")
            self._append(Change(actor="judge", reason="x", percent=percent, verdict=look.judgement.verdict))
        return look

    def _time(self) -> float:
        return self._now.timestamp()

    def _append(self, change: Change) -> RolloutRecord:
        self.records.append(successor(self.records[-1], change, now=self._now))
        return self.records[-1]

    def _ask_labels(self, standing: Standing, _: Place, now: datetime) -> WarehouseAnswer:
        day = (now - self.chapter.begins).total_seconds() / 86_400
        better, worse, alike = self.chapter.labels(day)
        voices = 100 * self.chapter.pleased
        told = msgspec.structs.replace(
            standing, users=800, canary_users=round(8_000 * standing.percent / 100), arm_users=8_000,
            better=better, worse=worse, alike=alike, evidence_days=max(0.0, day - 7),
            anchored_better=0, anchored_worse=0, anchored_alike=0, canary_pleased=voices,
            canary_displeased=100 - voices, control_pleased=78, control_displeased=22, served=5_000, complaints=20,
            mart_age_seconds=900,
            categories={},
        )  # fmt: skip
        return WarehouseAnswer(told, ())


Tell = Callable[[Chapter], Teller]


@pytest.fixture
def tell(prometheus: str) -> Tell:
    return lambda chapter: Teller(prometheus, chapter)


def test_what_the_story_exports_is_what_workers_export() -> None:
    declared = metrics.exposition().decode()
    for name in COUNTED:
        assert f"# TYPE {name.removesuffix('_total').removesuffix('_bucket')}" in declared


def test_a_good_model_is_promoted_through_all_stages(tell: Tell) -> None:
    teller = tell(GOOD)
    looked = {day: teller.look(day) for day in (0.001, 1.0, 1.5, 4.0, 7.9, 8.0, 12.0, 20.0, 21.9, 22.0, 23.5)}
    moves = {day: look.judgement.percent for day, look in looked.items() if look.judgement.percent is not None}
    assert moves == {1.0: 10.0, 8.0: 50.0, 22.0: 100.0}
    assert looked[0.001].judgement.verdict is Verdict.INCONCLUSIVE
    assert any("days_at_share" in reason for reason in looked[4.0].judgement.reasons)
    assert looked[23.5].judgement.reasons == ("no step leads on from 100 %",)
    ahead = looked[12.0].forecast
    assert ahead is not None and ahead.earliest is not None and ahead.expected is not None
    assert 0 < ahead.earliest < ahead.expected


@pytest.mark.parametrize(("chapter", "says"), [(SLOW, "p95_seconds"), (FAILING, "errors")], ids=["slow", "failing"])
def test_a_fault_is_taken_back_at_the_second_bad_look_and_stays_so(tell: Tell, chapter: Chapter, says: str) -> None:
    teller, minute = tell(chapter), 1 / 1_440
    looks = [teller.look(1.0 + minutes * minute) for minutes in (-10, 15, 16, 17)]
    assert [look.judgement.verdict for look in looks] == [Verdict.HOLD, Verdict.HOLD, Verdict.ROLLBACK, Verdict.HOLD]
    assert says in looks[2].judgement.reasons[0]
    assert looks[3].judgement.reasons == ("it was rolled back: a person lets it out again",)
    assert teller.records[-1].percent == "0.00"


def test_an_unsure_model_never_leaves_shadow(tell: Tell) -> None:
    look = tell(UNSURE).look(1.0)
    assert (look.judgement.verdict, look.judgement.reasons[0][:15]) == (Verdict.HOLD, "excess_fallback")


def test_a_model_that_copies_the_rules_waits_for_ever_below_100_percent(tell: Tell) -> None:
    look = tell(COPY).look(29.0)
    assert look.judgement.verdict is Verdict.INCONCLUSIVE
    assert [reason.split()[0] for reason in look.judgement.reasons] == ["e_better"]


def test_a_model_that_is_worse_where_labels_exist_is_taken_back(tell: Tell) -> None:
    teller = tell(WORSE)
    assert teller.look(9.0).judgement.verdict is Verdict.HOLD  # twelve merchants against six prove nothing yet
    taken = teller.look(19.9)
    assert (taken.judgement.verdict, taken.judgement.percent) == (Verdict.ROLLBACK, 0.0)
    assert "labels say worse" in taken.judgement.reasons[0]


def test_too_little_traffic_and_silence_hold(tell: Tell) -> None:
    quiet = tell(QUIET).look(1.0)
    assert quiet.judgement.verdict is Verdict.INCONCLUSIVE
    assert {reason.split()[0] for reason in quiet.judgement.reasons} >= {"answers", "recent_transactions"}
    silent = tell(QUIET).look(5.0)  # nobody was scraped any more
    assert silent.judgement.verdict is Verdict.INCONCLUSIVE
    assert "knows no worker" in silent.judgement.reasons[0]


def test_the_quantile_is_the_one_that_dashboards_show(tell: Tell, prometheus: str) -> None:
    look, at = tell(GOOD).look(1.0), GOOD.at(1.0).timestamp()
    query = "histogram_quantile(0.95, sum by (le) (increase(lm_ml_predict_latency_seconds_bucket[900s])))"
    (series,) = _ask(prometheus, query, at, Patience(60))
    assert look.standing.p95_seconds == pytest.approx(float(series.value[1]))

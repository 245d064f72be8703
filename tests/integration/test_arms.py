"""Arms with policies on a running worker: a champion beside its challenger, what shadow costs, and one set of rates."""

import json
import shutil
import threading
import time
import urllib.parse
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import psycopg
import pytest
from confluent_kafka import Consumer, Producer
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr
from typer.testing import CliRunner

from ops.cli.commands.rollout import app
from ops.kafka.topics import create_topics
from ops.local.broker import open_broker
from ops.local.ports import free_port
from ops.local.postgres import Postgres
from ops.local.process import start, stop
from ops.patience import patience_seconds, wait_for
from ops.replay.window import read_decisions
from ops.warehouse.migrate import migrate
from schemas.contracts.topics import COMPARISONS, DEAD_LETTERS, SUGGESTIONS, TRANSACTIONS
from schemas.events.candidate import SuggestionSource
from schemas.events.comparison import Acceptance, Answer, Comparison, ComparisonOutcome, Role
from schemas.events.rollout import RolloutRecord
from schemas.events.suggestion import Arm, Suggestion
from schemas.events.transaction import Transaction
from schemas.taxonomy import Category
from schemas.text.descriptor import build_descriptor
from scorer.model.threshold_setting import MUTED
from scorer.model.thresholds import Threshold, Thresholds
from scorer.release.manifest import THRESHOLDS
from scorer.rollout.compute_rates import Asked, coverage, disagreement, errors, fallback, scoring_failures, served
from scorer.rollout.rates import RATES
from streams.landing.consumer import landing_consumer
from streams.landing.loop import Landing
from streams.landing.settings import LandingSettings
from streams.process.codec import encode_event
from streams.rollout.change import Change
from streams.rollout.follower import read_history
from streams.rollout.release_model import Releases
from streams.rollout.writer import Writer
from streams.settings import KafkaSettings, RegistrySettings
from tests.conftest import ROOT
from tests.support.corrupt_releases import resealed
from tests.support.small_dataset import MERCHANTS, release, renamed, transactions
from tests.support.topic import read_committed
from tests.support.worker_processes import Worker
from trainer.release.registry import Registry

pytestmark = [pytest.mark.integration]
CHAMPION, CHALLENGER = "202601010000-champion", "202602010000-challenger"
USERS, POISON, SLOW = 400, 5, 30
PART = 2 * USERS  # records at each step: everybody is seen twice
WON, TENTH, NO_SHADOW, FIFTH = 0, 2, 3, 4  # versions of the rollout record
SURE_OF = tuple(MERCHANTS)[::2]  # the categories that the challenger answers; of the others it is never sure enough
RULES = """
name: brands-but-sundays
version: "1.0"
crosswalks:
  brands: {priority: 60, confidence: 0.88}
rules:
  - {id: sundays, category: Dining, priority: 90, confidence: 0.55, when: {weekday: sunday}}
"""
RECORDED = tuple(rate.name for rate in RATES if rate.recorded)
BY_ARM = {rate.name for rate in RATES if rate.recorded and rate.arm == "each"}
ASKED = tuple(Asked.__struct_fields__)
RATES_SQL = """
with compared as (
    select
        arm, outcome, served_source,
        jsonb_path_query_first(answers, '$[*] ? (@.role == "challenger")') ->> 'acceptance' as acceptance
    from raw.suggestion_compare
),
counted as (
    select
        count(*) filter (where arm = 'canary' and acceptance != 'not_asked') as canary_asked,
        count(*) filter (where arm = 'canary' and acceptance = 'accepted') as canary_accepted,
        count(*) filter (where arm = 'control' and acceptance != 'not_asked') as control_asked,
        count(*) filter (where arm = 'control' and acceptance = 'accepted') as control_accepted,
        count(*) filter (where outcome = 'disagree') as disagreeing,
        count(*) filter (where outcome in ('agree', 'disagree')) as both_named,
        count(*) filter (where served_source != 'none') as named,
        count(*) filter (where arm = 'canary' and acceptance in ('error', 'timeout', 'unavailable')) as canary_failed,
        count(*) filter (where arm = 'control' and acceptance in ('error', 'timeout', 'unavailable')) as control_failed,
        count(*) as compared
    from compared
),
letters as (
    select count(*) as dead, count(*) filter (where reason = 'scoring_failed') as scoring_failed
    from raw.dead_letters
)
select
    canary_accepted::float8 / nullif(canary_asked, 0) as coverage_canary,
    control_accepted::float8 / nullif(control_asked, 0) as coverage_control,
    (canary_asked - canary_accepted)::float8 / nullif(canary_asked, 0) as fallback,
    (control_asked - control_accepted)::float8 / nullif(control_asked, 0) as would_be_fallback,
    disagreeing::float8 / nullif(both_named, 0) as disagreement,
    named::float8 / nullif(compared + dead, 0) as served,
    canary_failed::float8 / nullif(canary_asked, 0) as errors_canary,
    control_failed::float8 / nullif(control_asked, 0) as errors_control,
    scoring_failed::float8 / nullif(compared + dead, 0) as scoring_failures
from counted, letters
"""

Rates = Mapping[str, float | None]


@dataclass(slots=True)
class Story:
    """What is left when broker and worker are gone."""

    registry: str
    records: list[dict[str, object]] = field(default_factory=list)  # as the command printed them
    rows: dict[str, Transaction] = field(default_factory=dict)  # by txn_id
    suggestions: dict[str, Suggestion] = field(default_factory=dict)  # by event_id
    comparisons: dict[str, Comparison] = field(default_factory=dict)
    dead: int = 0
    requests: dict[int, float] = field(default_factory=dict)  # transactions put to models under each record
    models: list[str] = field(default_factory=list)  # lines of lm_ml_model_info at the end
    chain: list[RolloutRecord] = field(default_factory=list)  # as the topic has it
    decisions: list[RolloutRecord] = field(default_factory=list)  # as they landed
    sql: Rates = field(default_factory=dict)
    promql: Rates | None = None

    def under(self, version: int) -> list[tuple[Suggestion, Comparison]]:
        """Return the events that were written under one record."""
        return [
            (self.suggestions[event_id], compared)
            for event_id, compared in self.comparisons.items()
            if compared.rollout_version == version
        ]


def answers(compared: Comparison) -> dict[Role, Answer]:
    return {answer.role: answer for answer in compared.answers}


def picky() -> dict[str, bytes]:
    """Return the challenger: sure of whatever it says of some categories, never of the others."""
    files = renamed(CHALLENGER)
    thresholds = Thresholds.from_bytes(files[THRESHOLDS])
    bars = {name: Threshold(value=0.0 if name in SURE_OF else MUTED) for name in thresholds.by_category}
    changed = msgspec.structs.replace(thresholds, by_category=bars).to_bytes()
    return resealed(files | {THRESHOLDS: changed})


@pytest.fixture(scope="module")
def story(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Run a release to 100 %, let it become the champion of the next one, and count everything three times over."""
    folder = tmp_path_factory.mktemp("arms")
    release()  # trained before the clock runs
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute("create database arms")
    dsn = make_conninfo(postgres.dsn, dbname="arms")
    migrate(dsn)
    registry, rules_file, delay = Registry(str(folder / "registry")), folder / "rules.yml", folder / "delay"
    rules_file.write_text(RULES)
    registry.write(CHAMPION, renamed(CHAMPION))
    told = Story(registry.location)
    with ExitStack() as stack:
        broker = stack.enter_context(open_broker("embedded", directory=folder))
        kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers)
        create_topics(kafka)
        worker = Worker(
            "armed",
            broker.bootstrap_servers,
            folder / "worker.log",
            {
                "SUGGEST_USE_MODEL_CANARY": "100",
                "LEDGERMIND_WORKER_RULES_FILE": str(rules_file),
                "LEDGERMIND_WORKER_MODEL_DELAY_FILE": str(delay),
                "LEDGERMIND_WORKER_MODEL_TIMEOUT_MS": "2000",
            },
        )
        worker.start()
        stack.callback(worker.stop)
        worker.wait_until_ready()
        ask = scraping(stack, worker, folder)
        land(stack, kafka, dsn)
        producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "log_level": 0})
        rows, _ = transactions(4 * PART + SLOW)
        rows = [msgspec.structs.replace(row, user_id=f"user-{n % USERS}") for n, row in enumerate(rows)]
        told.rows = {row.txn_id: row for row in rows}
        sent = 0

        def send(count: int) -> None:
            """Send the next rows and wait until they were answered."""
            nonlocal sent
            before = worker.metrics()
            for row in rows[sent : sent + count]:
                producer.produce(TRANSACTIONS.name, encode_event(row), row.user_id.encode())
                producer.poll(0)
            assert producer.flush(patience_seconds()) == 0
            sent += count
            wait_for(lambda: total(worker.metrics(), "lm_suggest_compare_total") == sent, "count of every comparison")
            asked = total(worker.metrics(), "lm_ml_predict_requests_total")
            version = int(before["lm_rollout_version"])
            told.requests.setdefault(version, asked - total(before, "lm_ml_predict_requests_total"))

        def set_share(*words: str) -> None:
            """Run the command as an operator would."""
            variables = {
                "LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
                "LEDGERMIND_REGISTRY": registry.location,
            }
            done = CliRunner().invoke(app, ["set", *words, "--override=a test", "--json"], env=variables)
            assert done.exit_code == 0, done.exception
            (line,) = (line for line in done.stdout.splitlines() if line.startswith("{"))  # the landing logs beside it
            record = json.loads(line)
            told.records.append(record)
            follow(int(record["version"]))

        def follow(version: int) -> None:
            wait_for(lambda: worker.metrics()["lm_rollout_version"] == version, f"rollout version {version}")

        def change(change: Change) -> None:
            follow(Writer(kafka).change(change, now=datetime.fromtimestamp(time.time(), UTC)).version)

        send(PART)
        registry.write(CHALLENGER, picky())
        set_share("0", "--canary", CHALLENGER, "--reason", "its first shadow day")
        set_share("10", "--reason", "shadow looked well")
        send(PART)
        change(Change("test", "no shadow", shadow=False))
        send(PART)
        change(Change("test", "a fifth in shadow", shadow=True, shadow_percent="20.00"))
        send(PART)
        delay.write_text("2500")
        send(SLOW)
        for _ in range(POISON):
            producer.produce(TRANSACTIONS.name, b"{", b"nobody")
        assert producer.flush(patience_seconds()) == 0
        wait_for(lambda: worker.metrics()["lm_stream_transactions_total"] == sent + POISON, "count of all")
        told.models = [name for name in worker.metrics() if name.startswith("lm_ml_model_info")]
        told.promql = ask(sent + POISON)
        told.chain = read_history(kafka).records
        told.decisions = landed_decisions(dsn, count=len(told.chain))
        told.sql = landed(dsn, events=sent, dead=POISON)
        decode_suggestion, decode_comparison = msgspec.json.Decoder(Suggestion), msgspec.json.Decoder(Comparison)
        for message in read_committed(broker.bootstrap_servers, SUGGESTIONS.name):
            one = decode_suggestion.decode(message.value() or b"")
            told.suggestions[one.event_id] = one
        for message in read_committed(broker.bootstrap_servers, COMPARISONS.name):
            other = decode_comparison.decode(message.value() or b"")
            told.comparisons[other.event_id] = other
        told.dead = len(read_committed(broker.bootstrap_servers, DEAD_LETTERS.name))
    yield told
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute("drop database arms with (force)")


def total(samples: Mapping[str, float], name: str) -> float:
    return sum(value for sample, value in samples.items() if sample.partition("{")[0] == name)


def land(stack: ExitStack, kafka: KafkaSettings, dsn: str) -> None:
    """Let a landing run for as long as the stack stands."""
    settings = LandingSettings(postgres_dsn=SecretStr(dsn), session_timeout_ms=6_000)
    consumer = Consumer(landing_consumer(kafka, settings, embedded=True))
    landing = Landing(consumer, kafka, settings, history=lambda: read_history(kafka))
    stopping = threading.Event()
    thread = threading.Thread(target=landing.run, args=(stopping,))
    thread.start()
    stack.callback(thread.join, patience_seconds())
    stack.callback(stopping.set)


TABLES = ("suggestion_events", "suggestion_compare", "dead_letters")


def landed(dsn: str, *, events: int, dead: int) -> Rates:
    """Return the rates as the warehouse counts them, once everything is there."""
    with psycopg.connect(dsn, autocommit=True, row_factory=psycopg.rows.dict_row) as connection:

        def count(table: str) -> int:
            row = connection.execute(f"select count(*) as rows from raw.{table}".encode()).fetchone()
            assert row is not None
            return int(row["rows"])

        wait_for(lambda: [count(table) for table in TABLES] == [events, events, dead], "landing of all")
        row = connection.execute(RATES_SQL.encode()).fetchone()
    assert row is not None
    return row


def landed_decisions(dsn: str, *, count: int) -> list[RolloutRecord]:
    """Return the rollout records of the warehouse, once all are there; reading them checks every link."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        wait_for(lambda: len(read_decisions(connection).records) == count, f"landing of {count} records")
        return read_decisions(connection).records


def scraping(stack: ExitStack, worker: Worker, folder: Path) -> Callable[[int], Rates | None]:
    """Let a real Prometheus scrape the worker, the shipped rules in force; return how to ask it, in the end."""
    program = shutil.which("prometheus")
    if program is None:
        return lambda _: None
    port = free_port()
    (folder / "prometheus.yml").write_text(
        "global: {scrape_interval: 1s, evaluation_interval: 1s}\n"
        f"rule_files: ['{ROOT / 'ops' / 'deploy' / 'prometheus' / 'rules'}/*.yml']\n"
        f"scrape_configs: [{{job_name: worker, static_configs: [{{targets: ['127.0.0.1:{worker.port}']}}]}}]\n"
    )
    options = [f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'prometheus'}"]
    process = start([program, *options, f"--web.listen-address=127.0.0.1:{port}"], log=folder / "prometheus.log")
    stack.callback(stop, process)

    def ask(query: str) -> dict[str, float]:
        address = f"http://127.0.0.1:{port}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
        try:
            with urllib.request.urlopen(address, timeout=patience_seconds()) as answer:
                series = json.load(answer)["data"]["result"]
        except OSError:
            return {}
        return {one["metric"].get("arm", ""): float(one["value"][1]) for one in series}

    wait_for(
        lambda: ask("lm_stream_transactions_total") == {"": 0.0}, "first scrape"
    )  # it must see the counters at zero

    def rates(transactions: int) -> Rates:
        wait_for(lambda: ask("lm_stream_transactions_total") == {"": transactions}, "last scrape")
        scraped_at = ask("timestamp(lm_stream_transactions_total)")[""]
        # Evaluated after that scrape, and of nothing older.
        wait_for(lambda: ask("timestamp(lm:served:ratio15m)").get("", 0.0) > scraped_at + 2.0, "evaluation")
        found = {name: ask(f"lm:{name}:ratio15m") for name in RECORDED}
        by_arm = {f"{name}_{arm}": found[name].get(arm) for name in BY_ARM for arm in Arm}
        return {name: values.get("") for name, values in found.items() if name not in BY_ARM} | by_arm

    return rates


@pytest.mark.slow
def test_a_winner_becomes_the_champion_by_the_command_that_names_its_challenger(story: Story) -> None:
    first, second = story.records
    assert (first["control"], first["canary"]) == ({"model_version": CHAMPION}, {"model_version": CHALLENGER})
    assert (first["percent"], second["percent"], second["control"]) == ("0.00", "10.00", first["control"])
    assert set(story.models) == {
        f'lm_ml_model_info{{model_version="{CHAMPION}",role="champion"}}',
        f'lm_ml_model_info{{model_version="{CHALLENGER}",role="challenger"}}',
    }
    before = Counter(suggestion.source for suggestion, _ in story.under(WON))
    after = Counter(suggestion.source for suggestion, _ in story.under(TENTH) if suggestion.arm is Arm.CONTROL)
    assert before[SuggestionSource.MODEL] / before.total() == pytest.approx(
        after[SuggestionSource.MODEL] / after.total(), abs=0.1
    )


def test_the_whole_chain_lands_in_the_warehouse_with_every_hash(story: Story) -> None:
    assert len(story.chain) == FIFTH + 1
    assert story.decisions == story.chain


def test_three_answers_are_compared_each_by_its_own_version(story: Story) -> None:
    for _, compared in story.under(TENTH):
        assert [answer.role for answer in compared.answers] == [Role.RULES, Role.CHAMPION, Role.CHALLENGER]
        said = answers(compared)
        assert (said[Role.CHAMPION].version, said[Role.CHALLENGER].version) == (CHAMPION, CHALLENGER)
        assert Acceptance.NOT_ASKED not in {said[Role.CHAMPION].acceptance, said[Role.CHALLENGER].acceptance}


def test_each_model_says_of_each_transaction_what_it_says_alone(story: Story) -> None:
    releases = Releases(RegistrySettings(registry=story.registry))
    pairs = story.under(TENTH)
    rows = [story.rows[compared.txn_id] for _, compared in pairs]
    for role, version in ((Role.CHAMPION, CHAMPION), (Role.CHALLENGER, CHALLENGER)):
        alone = releases.load(version).answer(rows, [build_descriptor(row) for row in rows], role=role)
        for answer, (_, compared) in zip(alone, pairs, strict=True):
            said = answers(compared)[role]
            if said.acceptance in (Acceptance.ACCEPTED, Acceptance.LOW_CONFIDENCE):  # else the machine was too slow
                assert (said.acceptance, said.category) == (answer.acceptance, answer.ranked[0].category)


def accepted(answer: Answer) -> Category | None:
    return answer.category if answer.acceptance is Acceptance.ACCEPTED else None


def test_each_arm_is_served_its_own_answer(story: Story) -> None:
    ways: Counter[str] = Counter()
    for suggestion, compared in story.under(TENTH):
        said = answers(compared)
        champion, challenger = accepted(said[Role.CHAMPION]), accepted(said[Role.CHALLENGER])
        control = champion or said[Role.RULES].category
        fell_back = suggestion.arm is Arm.CANARY and challenger is None
        assert suggestion.arm is (Arm.CANARY if suggestion.bucket < 1_000 else Arm.CONTROL)
        assert suggestion.category == (challenger or control if suggestion.arm is Arm.CANARY else control)
        assert (suggestion.fallback_reason is not None) == fell_back
        assert (compared.control_category, compared.canary_category) == (control, challenger)
        named_by = CHALLENGER if suggestion.arm is Arm.CANARY and challenger else CHAMPION if champion else None
        assert suggestion.model_version == named_by
        ways[f"{suggestion.arm} by {suggestion.model_version or 'rules'}"] += 1
        ways["fell back to the champion"] += fell_back and champion is not None
    # Nothing of this was true of no record at all.
    assert ways[f"control by {CHAMPION}"] > 0
    assert ways[f"canary by {CHALLENGER}"] > 0
    assert ways["fell back to the champion"] > 0
    assert ways[f"control by {CHALLENGER}"] == 0


def test_both_arms_answers_are_compared_whichever_was_served(story: Story) -> None:
    outcomes: defaultdict[Arm, Counter[ComparisonOutcome]] = defaultdict(Counter)
    for suggestion, compared in story.under(TENTH):
        outcomes[suggestion.arm][compared.outcome] += 1
    for arm in Arm:
        assert outcomes[arm][ComparisonOutcome.AGREE] > 0
        assert outcomes[arm][ComparisonOutcome.CONTROL_ONLY] > 0


def test_without_shadow_controls_users_cost_no_challenger(story: Story) -> None:
    for suggestion, compared in story.under(NO_SHADOW):
        said = answers(compared)[Role.CHALLENGER]
        assert (said.acceptance is Acceptance.NOT_ASKED) == (suggestion.arm is Arm.CONTROL)
        assert (said.version, said.category is None) == (CHALLENGER, said.acceptance is Acceptance.NOT_ASKED)
    assert put_to_models(story, NO_SHADOW) == story.requests[NO_SHADOW]


def test_a_share_in_shadow_bounds_what_the_challenger_costs(story: Story) -> None:
    for suggestion, compared in story.under(FIFTH):
        asked = answers(compared)[Role.CHALLENGER].acceptance is not Acceptance.NOT_ASKED
        assert asked == (suggestion.arm is Arm.CANARY or suggestion.bucket >= 8_000)
    assert put_to_models(story, NO_SHADOW) < put_to_models(story, FIFTH) < put_to_models(story, TENTH)
    assert put_to_models(story, TENTH) == story.requests[TENTH] == 2 * PART


def put_to_models(story: Story, version: int) -> int:
    """Count, of the records sent before the model was slow, how often a model was asked."""
    return sum(
        answer.acceptance not in (None, Acceptance.NOT_ASKED)
        for _, compared in sorted(story.under(version), key=lambda pair: pair[1].txn_id)[:PART]
        for answer in compared.answers
    )


def python_rates(suggestions: Sequence[Suggestion], comparisons: Sequence[Comparison], *, dead: int) -> Rates:
    """Return the rates as scorer.rollout.rates defines them, of the events as a consumer reads them."""
    heard = {arm: dict.fromkeys(ASKED, 0.0) for arm in Arm}
    for compared in comparisons:
        said = answers(compared).get(Role.CHALLENGER)
        if said is not None and said.acceptance is not None and said.acceptance is not Acceptance.NOT_ASKED:
            heard[compared.arm][said.acceptance.value] += 1
    asked = {arm: Asked(**counts) for arm, counts in heard.items()}
    outcomes = Counter(compared.outcome for compared in comparisons)
    everything = len(comparisons) + dead
    return {
        "coverage_canary": coverage(asked[Arm.CANARY]),
        "coverage_control": coverage(asked[Arm.CONTROL]),
        "fallback": fallback(asked[Arm.CANARY]),
        "would_be_fallback": fallback(asked[Arm.CONTROL]),
        "disagreement": disagreement(
            agree=outcomes[ComparisonOutcome.AGREE], disagree=outcomes[ComparisonOutcome.DISAGREE]
        ),
        "served": served(named=sum(one.category is not None for one in suggestions), records=everything),
        "errors_canary": errors(asked[Arm.CANARY]),
        "errors_control": errors(asked[Arm.CONTROL]),
        "scoring_failures": scoring_failures(scoring_failed=0, records=everything),
    }


@pytest.fixture(scope="module")
def computed(story: Story) -> Rates:
    found = python_rates(list(story.suggestions.values()), list(story.comparisons.values()), dead=story.dead)
    print({name: rate if rate is None else round(rate, 4) for name, rate in found.items()})  # noqa: T201
    assert story.dead == POISON
    assert all(
        rate is not None and 0.0 < rate < 1.0
        for name, rate in found.items()
        if name not in ("errors_control", "scoring_failures")
    )
    said = {answers(compared)[Role.CHALLENGER].acceptance for compared in story.comparisons.values()}
    assert {Acceptance.ACCEPTED, Acceptance.LOW_CONFIDENCE, Acceptance.TIMEOUT, Acceptance.NOT_ASKED} <= said
    return found


def test_the_warehouse_counts_what_python_counts(story: Story, computed: Rates) -> None:
    assert story.sql == computed


def test_prometheus_records_what_python_counts(story: Story, computed: Rates) -> None:
    if story.promql is None:
        pytest.skip("a real Prometheus is needed: prometheus is not on the PATH")
    assert story.promql.keys() == computed.keys()
    for name, rate in computed.items():
        assert story.promql[name] == pytest.approx(rate, rel=1e-9), name

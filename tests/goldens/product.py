"""Product: the only file of the goldens that imports LedgerMind. Stored inputs go in, lines to compare come out.

Each function takes decoded JSON of ``inputs`` and returns the lines of one golden. Clock and ids are fixed here.
"""

import asyncio
import base64
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar, cast
from zipfile import ZipFile

import msgspec
import numpy as np
import yaml
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

from ops.cli.commands.schemas import rendered
from ops.kafka.topics import create_topics
from ops.local.ports import free_port
from ops.local.supervisor import Child
from ops.local.supervisor_metrics import ChildrenCollector
from ops.rollout import metrics as judge_metrics
from ops.rollout.decision_log import evidence_of
from ops.rollout.evaluate import Look
from ops.rollout.policies import load_policy
from ops.training import retrain_metrics
from ops.warehouse import build_metrics
from ops.warehouse.dbt import Warehouse, run_dbt
from ops.warehouse.exporter import WarehouseCollector
from rules.load import load_rules
from schemas.events.dead_letter import RecordError
from schemas.events.overrides import Override, hash_overrides
from schemas.events.rollout import (
    ArmPolicy,
    CategoryCounts,
    CriterionValue,
    RolloutRecord,
    ThresholdsSource,
    with_hash,
)
from schemas.events.transaction import Channel, Transaction
from schemas.hash_chain import GENESIS_HASH, hash_json
from schemas.taxonomy import CATEGORIES, Category
from schemas.text.descriptor import build_descriptor
from scorer.features.features import FEATURE_NAMES, NUMERIC_NAMES, numerics
from scorer.model.lexicon import Document, Vocabulary
from scorer.model.thresholds import Threshold, Thresholds
from scorer.release.manifest import MANIFEST, Gate, read_manifest
from scorer.release.release import Release, build_release
from scorer.rollout.judge import judge as judge_rollout
from scorer.rollout.metrics import Standing
from streams import metrics
from streams.histogram import BatchHistogram
from streams.landing import metrics as landing_metrics
from streams.landing.mapping.copy_format import Landed, address
from streams.landing.mapping.tables import ADDRESS, TABLE_OF_TOPIC
from streams.process.batch_types import Record
from streams.process.codec import decode_transaction
from streams.process.outgoing import Outgoing
from streams.process.scoring import Scoring
from streams.process.transform import Transform
from streams.rollout.change import Change, successor
from streams.rollout.release_model import ReleaseModel
from streams.rollout.writer import Writer
from streams.settings import KafkaSettings, SuggestSettings
from trainer.dataset.folds import choose_boundaries, split_by_time
from trainer.dataset.from_transactions import build_table
from trainer.evaluation.category_report import CategoryReport
from trainer.evaluation.champion_comparison import ChampionComparison
from trainer.evaluation.evaluate import Slice
from trainer.evaluation.gate import evaluate_gate
from trainer.evaluation.gate_mode import GateMode
from trainer.evaluation.rules_baseline import RulesBaseline
from trainer.fit.train import train
from trainer.release.build import release_files
from trainer.release.provenance import Provenance
from trainer.release.registry import Registry

RELEASE = "golden-release"  # as rollouts.jsonl names it
NOW = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
TOPIC_ID = "Z29sZGVuLXRvcGljLWlk"
WORKER_VERSION = "9.9.9"
PATIENT_SECONDS = 300.0  # a slow machine must not turn an answer into a timeout
FIRST = datetime(2025, 1, 1, tzinfo=UTC)
AS_OF = datetime(2026, 1, 15, tzinfo=UTC)
SEED = 7
MEASURED_TIME = re.compile(rb'("scored_in_us":)\d+')  # the one number of an event that no clock of ours gives
MADE_FROM = ("files", "sizes")  # of a manifest: what the other lines of the release golden say
DBT_STARTED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}\+00:00")  # the time of its own start
METRIC_MODULES = (metrics, landing_metrics, judge_metrics, build_metrics, retrain_metrics)

T = TypeVar("T")


def line(value: object) -> str:
    """Return a value as one line of JSON, as the product's own encoder writes it."""
    return msgspec.json.encode(value).decode()


_MADE: dict[str, object] = {}


def once(name: str, make: Callable[[], T]) -> T:
    """Return what ``make`` makes, made once a process."""
    if name not in _MADE:
        _MADE[name] = make()
    return cast(T, _MADE[name])


def hash_of(content: bytes) -> str:
    """Return the SHA-256 in hex."""
    return sha256(content).hexdigest()


# -- events ------------------------------------------------------------------------------------------------------------


def records_of(transactions: Sequence[Mapping[str, Any]]) -> list[Record]:
    """Return the stored records as a worker reads them."""

    def raw(item: Mapping[str, Any], name: str) -> bytes | None:
        if f"{name}_base64" in item:
            return base64.b64decode(str(item[f"{name}_base64"]))
        text = item.get(name)
        return None if text is None else str(text).encode() * (int(item.get("times", 1)) if name == "value" else 1)

    return [
        Record(
            item["partition"],
            item["offset"],
            item["timestamp_ms"],
            raw(item, "key"),
            raw(item, "value"),
            None if "headers" not in item else [(name, value.encode()) for name, value in item["headers"]],
            item.get("is_cut", False),
        )
        for item in transactions
    ]


def rollout_of(item: Mapping[str, Any], *, version: int) -> RolloutRecord:
    """Return the sealed record of one stored scenario."""
    overrides = {Category(name): Override(**said) for name, said in item["overrides"].items()}
    return with_hash(
        RolloutRecord(
            version=version,
            percent=item["percent"],
            shadow=item["shadow"],
            shadow_percent=item["shadow_percent"],
            control=ArmPolicy(item["control"]),
            canary=ArmPolicy(item["canary"]),
            salt="ledgermind",
            thresholds_source=ThresholdsSource.OVERRIDE if overrides else ThresholdsSource.RELEASE,
            actor="ada",
            reason=f"scenario {item['name']}",
            decided_at=NOW,
            verdict=None,
            evidence=None,
            prev_hash=GENESIS_HASH,
            hash="",
            overrides=overrides,
            overrides_hash=hash_overrides(overrides),
        )
    )


def transform(inputs: "Inputs", number: int) -> Outgoing:
    """Return what a worker writes of the stored transactions under one stored scenario; made once a process."""
    return once(f"transform {number}", lambda: _transform(inputs, number))


def _transform(inputs: "Inputs", number: int) -> Outgoing:
    item = inputs["rollouts"][number]
    with_models = item["control"] is not None or item["canary"] is not None
    models = {RELEASE: ReleaseModel(golden_release(inputs))} if with_models else {}
    scoring = Scoring(once("rules", load_rules), models=models.get, model_seconds=PATIENT_SECONDS)
    worker = Transform(scoring, worker_version=WORKER_VERSION, now=NOW.timestamp)
    records = records_of(inputs["transactions"])
    return asyncio.run(worker.run(records, rollout_of(item, version=number), topic_id=TOPIC_ID)).outgoing


def suggestions(inputs: "Inputs", number: int) -> list[str]:
    """Return the bytes of each suggestion."""
    return [event.suggestion.decode() for event in transform(inputs, number).events]


def comparisons(inputs: "Inputs", number: int) -> list[str]:
    """Return the bytes of each comparison, the measured time set to 0."""
    return [MEASURED_TIME.sub(rb"\g<1>0", event.comparison).decode() for event in transform(inputs, number).events]


def dead_letters(inputs: "Inputs") -> list[str]:
    """Return each dead letter: key, hash of the value, time and headers."""
    return [
        line(
            {
                "key": None if dead.key is None else dead.key.decode(errors="backslashreplace"),
                "value_sha256": None if dead.value is None else hash_of(dead.value),
                "timestamp_ms": dead.timestamp_ms,
                "headers": {name: value.decode() for name, value in dead.headers},
            }
        )
        for dead in transform(inputs, 0).dead_letters
    ]


def addresses(inputs: "Inputs") -> list[str]:
    """Return key and time that each pair of events is written with."""
    return [line([event.key.decode(), event.timestamp_ms]) for event in transform(inputs, 0).events]


def landed(inputs: "Inputs") -> list[str]:
    """Return the row that each event of the rules' scenario, each transaction and each feedback lands as."""
    outgoing = transform(inputs, 0)
    records = [("transactions", r.key, r.value, r.headers, r.timestamp_ms) for r in records_of(inputs["transactions"])]
    for event in outgoing.events:
        records.append(("suggestions", event.key, event.suggestion, None, event.timestamp_ms))
        compared = MEASURED_TIME.sub(rb"\g<1>0", event.comparison)
        records.append(("suggestion-compare", event.key, compared, None, event.timestamp_ms))
    records += [
        ("transactions-dlq", dead.key, dead.value, dead.headers, dead.timestamp_ms)
        for dead in outgoing.dead_letters
        if dead.value is None or len(dead.value) < 1_000
    ]
    for item in inputs["said"]:
        value = None if item["value"] is None else item["value"].encode()
        records.append((item["topic"], item["key"].encode(), value, None, 0))
    rows = []
    for offset, (topic, key, value, headers, timestamp_ms) in enumerate(records):
        pairs = None if headers is None else list(headers.items() if isinstance(headers, Mapping) else headers)
        record = Landed(topic, 0, offset, timestamp_ms, key, value, pairs, topic_id=TOPIC_ID)
        table = TABLE_OF_TOPIC[topic]
        fields = table.read(record)
        if isinstance(fields, RecordError):
            rows.append(line({"table": table.table, "fault": [fields.reason.value, fields.detail]}))
        else:
            columns = dict(zip((*ADDRESS, *table.columns), (*address(record), *fields), strict=True))
            rows.append(line({"table": table.table, "row": columns}))
    return rows


# -- features, release and predictions ---------------------------------------------------------------------------------


def valid(inputs: "Inputs") -> list[Transaction]:
    """Return the transactions among the stored records."""
    decoded = (decode_transaction(record.key, record.value) for record in records_of(inputs["transactions"]))
    return [one for one in decoded if isinstance(one, Transaction)]


def vocabulary_of(inputs: "Inputs") -> tuple[Vocabulary, list[Document]]:
    """Return the stored names as exact brands and as phrases."""
    index = {category.value: place for place, category in enumerate(CATEGORIES)}
    documents = [Document(phrase, index[category]) for phrase, category, _ in inputs["phrases"]]
    brands = {phrase: index[category] for phrase, category, is_brand in inputs["phrases"] if is_brand}
    mcc = {code: index[label] for _, _, _, label, code in inputs["labelled"] if code is not None}
    return Vocabulary(brands, dict(sorted(mcc.items()))), documents


def trained(inputs: "Inputs") -> tuple[str, dict[str, bytes]]:
    """Return version and files of the release that the stored labelled rows give; trained once a process."""
    return once("trained", lambda: _train(inputs))


def _train(inputs: "Inputs") -> tuple[str, dict[str, bytes]]:
    vocabulary, documents = vocabulary_of(inputs)
    rows = [
        Transaction(
            schema_version="1.0",
            txn_id=f"t{number:05}",
            user_id=f"u{number % 40}",
            account_id="a",
            occurred_at=FIRST + timedelta(minutes=minutes),
            amount=amount,
            currency="GBP",
            description=description,
            mcc=mcc,
            channel=Channel.POS,
        )
        for number, (minutes, amount, description, _, mcc) in enumerate(inputs["labelled"])
    ]
    table = build_table(rows, [label for _, _, _, label, _ in inputs["labelled"]], vocabulary=vocabulary)
    folds = split_by_time(table, choose_boundaries(table.occurred_at), as_of=int(AS_OF.timestamp()))
    model = train(folds, vocabulary=vocabulary, documents=documents, mode=GateMode.STRICT, seed=SEED)
    provenance = Provenance(
        AS_OF.isoformat(), SEED, "unknown", table.fingerprint(), folds.describe(), {"import": len(rows)}
    )
    return release_files(model, provenance)


def golden_files(inputs: "Inputs") -> dict[str, bytes]:
    """Return the files of the release under a name of its own, with a gate that lets it serve."""
    _, files = trained(inputs)
    manifest = read_manifest(files[MANIFEST])
    manifest = msgspec.structs.replace(manifest, model_version=RELEASE, gate=Gate("PASS", "strict", (), ()))
    return files | {MANIFEST: manifest.to_bytes()}


def golden_release(inputs: "Inputs") -> Release:
    """Return that release, loaded once a process."""
    return once("loaded", lambda: build_release(golden_files(inputs), name=RELEASE, expected_version=RELEASE))


def numeric_features(inputs: "Inputs") -> list[str]:
    """Return each transaction's descriptor and what its row-local features are, those that are 0 left out."""
    rows = valid(inputs)
    descriptors = [build_descriptor(row) for row in rows]
    matrix = numerics(rows, descriptors, mcc=vocabulary_of(inputs)[0].mcc)
    return [
        line(
            {
                "txn_id": row.txn_id,
                "descriptor": descriptor._asdict(),
                "numeric": {name: value for name, value in zip(NUMERIC_NAMES, values, strict=True) if value},
            }
        )
        for row, descriptor, values in zip(rows, descriptors, matrix.tolist(), strict=True)
    ]


def features(inputs: "Inputs") -> list[str]:
    """Return the names, the hash of the whole matrix, and each row without what is 0."""
    rows, model = valid(inputs), golden_release(inputs).model
    descriptors = [build_descriptor(row) for row in rows]
    matrix = model.features(descriptors, numerics(rows, descriptors, mcc=model.vocabulary.mcc))
    whole = {"features": FEATURE_NAMES, "shape": matrix.shape, "sha256": hash_of(matrix.astype("<f4").tobytes())}
    return [
        line(whole),
        *(
            line({"txn_id": row.txn_id, "row": [[place, value] for place, value in enumerate(values) if value]})
            for row, values in zip(rows, matrix.tolist(), strict=True)
        ),
    ]


def predictions(inputs: "Inputs") -> list[str]:
    """Return each transaction's probabilities, every bit of them, and what came of them."""
    rows, release = valid(inputs), golden_release(inputs)
    answers = release.answer(rows, [build_descriptor(row) for row in rows])
    return [
        line(
            {
                "txn_id": row.txn_id,
                "best": CATEGORIES[int(answers.best[place])].value,
                "threshold": float(answers.bars[place]),
                "accepted": bool(answers.accepted[place]),
                "evidence": int(answers.evidence[place]),
                "probabilities": answers.probabilities[place].tolist(),
            }
        )
        for place, row in enumerate(rows)
    ]


def release(inputs: "Inputs") -> list[str]:
    """Return each file of the release: its hash, and what it holds where that can be read."""
    version, files = trained(inputs)

    def content(name: str, held: bytes) -> object:
        if name.endswith(".npz"):
            return dict(_arrays(held))
        text = held.decode(errors="replace").replace(version, "{version}")
        if name == MANIFEST:
            return {key: value for key, value in json.loads(text).items() if key not in MADE_FROM}
        if name.endswith(".json"):
            return json.loads(text)
        return text.splitlines() if name.endswith((".md", ".jsonl")) else None

    return [
        line({"file": name, "sha256": hash_of(held), "content": content(name, held)})
        for name, held in sorted(files.items())
    ]


def _arrays(held: bytes) -> Iterator[tuple[str, dict[str, object]]]:
    with ZipFile(BytesIO(held)) as members:
        for member in members.namelist():
            array = np.lib.format.read_array(BytesIO(members.read(member)), allow_pickle=False)
            hashed = hash_of(np.ascontiguousarray(array).tobytes())
            yield member.removesuffix(".npy"), {"dtype": str(array.dtype), "shape": array.shape, "sha256": hashed}


# -- verdicts ----------------------------------------------------------------------------------------------------------


def standing_of(item: Mapping[str, Any]) -> Standing:
    """Return one stored case as the judge sees it."""
    categories = item["categories"]
    return Standing.from_numbers(
        item["observations"],
        {name: CriterionValue(**value) for name, value in item["criteria"].items()},
        None if categories is None else {Category(name): CategoryCounts(**one) for name, one in categories.items()},
    )


def verdicts(inputs: "Inputs") -> list[str]:
    """Return what the judge says of each stored case, with each condition and the whole evidence."""
    lines = []
    for item in inputs["observations"]:
        policy, standing = load_policy(item["policy"]), standing_of(item)
        found = judge_rollout(policy, standing)
        lines.append(
            line(
                {
                    "name": item["name"],
                    "verdict": found.verdict,
                    "percent": found.percent,
                    "reasons": found.reasons,
                    "conditions": [condition._asdict() for condition in found.conditions],
                    "evidence": evidence_of(policy, Look(None, standing, found, (), None)),
                }
            )
        )
    return lines


def rollout_records(inputs: "Inputs") -> list[str]:
    """Return the chain of records: the stored scenarios' first one, then each verdict that moves the share."""
    record = rollout_of(inputs["rollouts"][2], version=0)
    lines = [line(record)]
    for item in inputs["observations"]:
        policy, standing = load_policy(item["policy"]), standing_of(item)
        found = judge_rollout(policy, standing)
        if found.percent is None:
            continue
        change = Change(
            actor="judge",
            reason=item["name"],
            percent=f"{found.percent:.2f}",
            verdict=found.verdict,
            evidence=evidence_of(policy, Look(record, standing, found, (), None)),
        )
        record = successor(record, change, now=NOW + timedelta(days=record.version))
        lines.append(line(record))
    return lines


def resealed(lines: Sequence[str]) -> list[str]:
    """Return records whose keys were renamed with the hashes that they have under their new names."""
    before, sealed = GENESIS_HASH, []
    for text in lines:
        fields = json.loads(text)
        if fields.get("overrides"):
            overrides = msgspec.convert(fields["overrides"], dict[Category, Override])
            fields["overrides_hash"] = hash_overrides(overrides)
        fields["prev_hash"] = before
        fields["hash"] = before = hash_json(fields)
        sealed.append(line(fields))
    return sealed


def policies(inputs: "Inputs") -> list[str]:
    """Return every shipped policy that a stored case names, as a verdict keeps it."""
    names = dict.fromkeys(item["policy"] for item in inputs["observations"])
    return [line({"policy": name, "terms": load_policy(name).to_terms()}) for name in names]


def gates(inputs: "Inputs") -> list[str]:
    """Return what the gate says of each stored view."""
    lines = []
    proven = {category: Threshold(value=0.5, bound=0.91) for category in CATEGORIES}
    thresholds = Thresholds(wanted_precision=0.9, unknown=Threshold(value=0.8, bound=0.91), by_category=proven)
    for item in inputs["gates"]:
        *whole, low, high = item["view"]
        reports = tuple(CategoryReport(*report) for report in item["categories"])
        fields: list[Any] = ["all", *whole, reports, low, high]
        view = Slice(*fields)
        gate = evaluate_gate(
            view,
            mode=GateMode(item["mode"]),
            seen={*item.get("seen", ()), *(report.category for report in view.categories)},
            thresholds=thresholds,
            champion=ChampionComparison(*item["champion"]) if "champion" in item else None,
            rules=None if item["rules"] is None else RulesBaseline(*item["rules"]),
            calibration=None,
        )
        lines.append(line({"name": item["name"], "gate": gate}))
    return lines


# -- contracts, metrics and SQL ----------------------------------------------------------------------------------------


def contracts() -> list[str]:
    """Return every contract document without its prose."""

    def bare(value: object) -> object:
        if isinstance(value, dict):
            prose = ("description", "title", "summary")
            return {key: bare(part) for key, part in value.items() if not (key in prose and isinstance(part, str))}
        return [bare(part) for part in value] if isinstance(value, list) else value

    documents = {path.name: text for path, text in rendered().items()}
    return [
        line({"file": name, "content": bare(json.loads(text) if name.endswith(".json") else yaml.safe_load(text))})
        for name, text in sorted(documents.items())
    ]


def metric_names() -> list[str]:
    """Return every metric that a program of ours exports: name, type and labels."""
    nowhere = Warehouse("postgresql://127.0.0.1:1/none", Path("nowhere"))
    families = [
        *WarehouseCollector(nowhere, codes=dict, now=time.time).collect(),
        *ChildrenCollector([Child("child", ["true"], {})]).collect(),
    ]
    found: set[tuple[str, str, tuple[str, ...]]] = set()
    for exported in families:
        assert isinstance(exported, (GaugeMetricFamily, CounterMetricFamily))
        found.add((exported.name, exported.type, tuple(exported._labelnames)))
    for metric in (value for module in METRIC_MODULES for value in vars(module).values()):
        if isinstance(metric, (MetricWrapperBase, BatchHistogram)):
            described = metric.collect() if isinstance(metric, BatchHistogram) else metric.describe()
            found |= {(family.name, family.type, tuple(getattr(metric, "_labelnames", ()))) for family in described}
    return [f"{name} {kind} {' '.join(labels)}".rstrip() for name, kind, labels in sorted(found)]


def compiled_sql(built: Warehouse, folder: Path, *, as_of: datetime) -> dict[str, str]:
    """Return the SQL that dbt compiles of every model and data test, by the node's name.

    ``built`` is a warehouse as its first build left it; a copy of its artefacts in ``folder`` says what the incremental
    models are from the second build on.
    """
    first = _compiled(built.target)
    shutil.copytree(built.target, folder, dirs_exist_ok=True)
    select = ("--select", "config.materialized:incremental")
    run_dbt(Warehouse(built.dsn, folder), "compile", *select, as_of=as_of)
    later = {name: text for name, text in _compiled(folder).items() if name.startswith("model.")}
    return first | {f"{name} once it is there": text for name, text in later.items()}


def _compiled(target: Path) -> dict[str, str]:
    nodes = json.loads((target / "manifest.json").read_bytes())["nodes"].values()
    return {
        f"{node['resource_type']}.{node['name']}": DBT_STARTED.sub("{run_started_at}", node["compiled_code"])
        for node in nodes
        if node["resource_type"] in ("model", "test") and node.get("compiled_code")
    }


# -- a worker, for benchmarks that compare two checkouts ---------------------------------------------------------------


def prepare(inputs: "Inputs", servers: str, registry: Path, *, with_model: bool) -> None:
    """Create the topics; with a model write the golden release to the registry and serve it to everybody."""
    create_topics(KafkaSettings(bootstrap_servers=servers))
    suggest = SuggestSettings(use_model_canary="100" if with_model else "0")
    if with_model:
        Registry(str(registry)).write(RELEASE, golden_files(inputs))
    writer = Writer(KafkaSettings(bootstrap_servers=servers))
    writer.begin(suggest, canary_model=RELEASE if with_model else None, actor="ada", now=NOW)


def worker(servers: str, registry: Path, group: str) -> tuple[list[str], dict[str, str]]:
    """Return the command and the variables of a worker that reads the whole topic in a group of its own."""
    return ["-m", "streams.worker"], {
        "LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": servers,
        "LEDGERMIND_REGISTRY": str(registry),
        "LEDGERMIND_WORKER_NAME": group,
        "LEDGERMIND_WORKER_GROUP": group,
        "LEDGERMIND_WORKER_READ_ANSWERED": "true",
        "LEDGERMIND_WORKER_PORT": str(free_port()),
        "LEDGERMIND_WORKER_BATCH_RECORDS": "1000",
    }


Inputs = Mapping[str, list[Any]]

"""From the default taxonomy to nine categories under a running stream: nothing is lost, each event names its own."""

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import msgspec
import pytest

from ops.kafka.topics import create_topics
from ops.local.broker import Broker
from ops.patience import wait_for
from schemas.contracts.topics import COMPARISONS, DEAD_LETTERS, SUGGESTIONS
from schemas.taxonomy import CATEGORIES
from streams.process.codec import encode_event
from streams.settings import KafkaSettings
from tests.conftest import ROOT, Run
from tests.support import taxonomies
from tests.support.kafka_io import Keyed, send_records
from tests.support.release_of_taxonomy import transactions
from tests.support.topic import read_committed
from tests.support.worker_processes import Worker

pytestmark = pytest.mark.integration
NINE = "household-1"
WORDS = ("TESCO STORES 42", "ZARA LONDON", "CASH WITHDRAWAL ATM", "PIZZA HUT", "BABABABA TRADING", "NETFLIX")


def payments(first: int, count: int) -> list[Keyed]:
    """Return transactions with names that rules know, of users and numbers of their own."""
    made, _ = transactions(count)
    named = [
        msgspec.structs.replace(
            one, txn_id=f"own-{number}", user_id=f"u{number % 7}", description=WORDS[number % len(WORDS)]
        )
        for number, one in enumerate(made, start=first)
    ]
    return [(one.user_id.encode(), encode_event(one)) for one in named]


def validators(folder: Path) -> dict[str, jsonschema.Draft202012Validator]:
    return {
        topic: jsonschema.Draft202012Validator(json.loads((folder / "jsonschema" / f"{topic}.json").read_text()))
        for topic in (SUGGESTIONS.default_name, COMPARISONS.default_name)
    }


def test_a_migration_under_a_running_stream_loses_nothing_and_each_event_names_its_taxonomy(
    ledgermind: Run, start_broker: Callable[[], Broker], tmp_path: Path
) -> None:
    servers = start_broker().bootstrap_servers
    create_topics(KafkaSettings(bootstrap_servers=servers))
    taxonomy, registry = tmp_path / "household.yml", tmp_path / "registry"
    taxonomy.write_text(taxonomies.household(), encoding="utf-8")
    own = {"LEDGERMIND_TAXONOMY": str(taxonomy)}
    made = taxonomies.run("-m", "tests.support.release_of_taxonomy", str(registry), taxonomy=taxonomy)
    assert made.returncode == 0, made.stderr
    version = json.loads(made.stdout)["version"]

    def read(topic: str) -> list[dict[str, object]]:
        return [json.loads(message.value() or b"") for message in read_committed(servers, topic)]

    def answered(count: int) -> None:
        wait_for(lambda: len(read(SUGGESTIONS.name)) >= count, f"{count} suggestions")

    def rollout(*words: str, **variables: str) -> tuple[int, str]:
        known = {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": servers, "LEDGERMIND_REGISTRY": str(registry)}
        answer = ledgermind("rollout", *words, **known, **variables)
        return answer.returncode, answer.stdout + answer.stderr

    before = Worker("before", servers, tmp_path / "before.log", {"LEDGERMIND_REGISTRY": str(registry)})
    after = Worker("after", servers, tmp_path / "after.log", {"LEDGERMIND_REGISTRY": str(registry), **own})
    before.start()
    try:
        before.wait_until_ready()
        send_records(servers, payments(0, 60))
        answered(60)
        after.start()  # beside the one of before: a rolling change
        after.wait_until_ready()
        after.wait_until_logged("rollout_refused")
        send_records(servers, payments(60, 60))
        assert before.stop() == 0
        answered(120)
        code, said = rollout("set", "10", "--reason", "hurry", **own)
        assert (code, said.count("\n")) == (8, 1)
        assert f"the rollout is of taxonomy 1.0, this command's is {NINE}" in said
        code, said = rollout("init", "--new-taxonomy", **own)
        assert code == 0, said
        wait_for(lambda: after.metrics()["lm_rollout_version"] == 1, "the new rollout")
        send_records(servers, payments(120, 60))
        answered(180)
        assert rollout("verify", **own)[0] == 0
        code, said = rollout("set", "0", "--reason", "of whom the file was not named")
        assert (code, f"the rollout is of taxonomy {NINE}, this command's is 1.0" in said) == (8, True)
    finally:
        for worker in (before, after):
            if worker.alive:
                worker.stop()

    assert read_committed(servers, DEAD_LETTERS.name) == []
    suggestions, comparisons = read(SUGGESTIONS.name), read(COMPARISONS.name)
    assert len({one["event_id"] for one in suggestions}) == len(suggestions) == len(comparisons) == 180
    folder = tmp_path / "contracts"
    assert ledgermind("schemas", "write", "--out", str(folder), **own).returncode == 0
    default, nine = validators(ROOT / "schemas" / "contracts"), validators(folder)
    ids = {taxonomies.id_of(name) for name in taxonomies.HOUSEHOLD}
    for one in suggestions:
        is_own = one["taxonomy_version"] == NINE
        (nine if is_own else default)[SUGGESTIONS.default_name].validate(one)
        assert one["category"] in ((ids if is_own else set(CATEGORIES)) | {None})
    for one in comparisons:
        is_own = one.get("taxonomy_version") == NINE
        (nine if is_own else default)[COMPARISONS.default_name].validate(one)
    last = [one for one in suggestions if int(str(one["txn_id"]).removeprefix("own-")) >= 120]
    assert {one["taxonomy_version"] for one in last} == {NINE}
    assert {one["category"] for one in last} >= {"food", "things", "fun", None}
    assert {one["rollout_version"] for one in last} == {1}
    asked = [one for one in comparisons if any(answer["version"] == version for answer in _answers(one))]
    assert len(asked) >= 60
    assert len([one for one in suggestions if one["taxonomy_version"] == "1.0"]) >= 60
    assert version in after.log.read_text()


def _answers(comparison: dict[str, object]) -> list[dict[str, object]]:
    answers = comparison["answers"]
    assert isinstance(answers, list)
    return answers

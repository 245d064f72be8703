"""The committed documents are what the code says, and every example is what the documents say."""

import json
from pathlib import Path

import msgspec
import pytest
import yaml
from jsonschema import Draft202012Validator

from ops.cli.commands.schemas import ROOT, rendered
from schemas.contracts.json_schema import json_schemas
from schemas.contracts.topics import DEAD_LETTERS, TOPICS, TopicSpec
from schemas.events.dead_letter import DeadLetterReason
from schemas.events.rollout import RolloutRecord, chain_error

EXAMPLES = sorted((ROOT / "examples").glob("*/*.json"))
SPECS = {spec.name: spec for spec in TOPICS}


@pytest.mark.parametrize("path", rendered(), ids=lambda path: path.name)
def test_a_committed_document_is_what_the_code_says(path: Path) -> None:
    assert path.read_text() == rendered()[path], "run: ledgermind schemas write"


@pytest.mark.parametrize("spec", TOPICS, ids=lambda spec: spec.name)
def test_every_topic_has_an_example(spec: TopicSpec) -> None:
    assert list((ROOT / "examples" / spec.name).glob("*.json"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_example_fits_its_schema_and_its_type(path: Path) -> None:
    spec = SPECS[path.parent.name]
    if spec is DEAD_LETTERS:
        DeadLetterReason(json.loads(path.read_text())["headers"]["dlq.reason"])
        return
    assert spec.value is not None
    document = json.loads(path.read_text())
    Draft202012Validator(json_schemas()[spec.name]).validate(document)
    decoded = msgspec.json.decode(path.read_bytes(), type=spec.value)
    assert msgspec.json.decode(msgspec.json.encode(decoded), type=spec.value) == decoded


def test_the_examples_of_the_rollout_record_form_a_chain() -> None:
    previous = None
    for name in ("first", "ten_percent"):
        text = (ROOT / "examples" / "rollout-state" / f"{name}.json").read_bytes()
        record = msgspec.json.decode(text, type=RolloutRecord)
        assert chain_error(previous, record) is None
        previous = record


def test_every_reference_of_the_asyncapi_page_leads_somewhere() -> None:
    page = yaml.safe_load((ROOT / "asyncapi.yaml").read_text())
    assert set(page["channels"]) == set(SPECS)
    for name, channel in page["channels"].items():
        payload = channel["messages"]["record"]["payload"]
        assert "$ref" not in payload or (ROOT / payload["$ref"]).exists(), name
    for operation in page["operations"].values():
        assert operation["channel"]["$ref"].removeprefix("#/channels/") in page["channels"]

"""What is promised of a release once it lies in the registry: who may serve it, who keeps it, and what it answers."""

import json
from functools import partial
from typing import Any

import pytest

from ops.patience import wait_for
from tests.promises.events import payment
from tests.promises.passed_release import write_passed_release
from tests.promises.program import Program
from tests.promises.stack import Stack
from tests.promises.topic import Address

EACH, USERS = 150, 50  # payments at each share
SHOPS = ("COSTA COFFEE 4711", "TESCO STORES 3021", "SHELL 77")
TAUGHT = ("Dining", "Groceries", "Fuel & Auto", "Travel", "Utilities & Telecom")  # all that the release ever names
WORDING = ("COSTA COFFEE 4711", "--amount", "-4.20", "--currency", "GBP")
SILENT = ("--worker", "http://127.0.0.1:1", "--dsn", "postgresql://127.0.0.1:1/none", "--timeout", "5")


@pytest.fixture(scope="module")
def version(stack: Stack) -> str:
    """Return the one release of the registry; the first rollout record names it for the canary."""
    release = write_passed_release(stack.registry)
    stack.succeed("rollout", "init")
    return release


@pytest.fixture(scope="module")
def streamed(stack: Stack, version: str) -> list[Address]:
    """Score payments at three shares while they land; return where they lie."""
    sent: list[Address] = []
    with stack.worker(LEDGERMIND_WORKER_MODEL_TIMEOUT_MS="5000") as worker, stack.landing():
        for percent in ("10", "50", "0"):
            record = stack.set_share(percent)["version"]
            wait_for(partial(serves, worker, record), f"record {record} served")
            sent += stack.score(known(number) for number in range(len(sent), len(sent) + EACH))
        stack.wait_until_landed("transactions", "suggestions", "suggestion-compare", "rollout-state")
    return sent


def serves(worker: Program, record: int) -> bool:
    """Return whether a worker follows this record of the rollout."""
    return worker.metrics()["lm_rollout_version"] == record


def known(number: int) -> dict[str, Any]:
    """Return a payment at a shop that the release knows, by one of many users."""
    return payment(number, SHOPS[number % len(SHOPS)], user_id=f"served-{number % USERS}")


def records(stack: Stack) -> int:
    return len(stack.read("rollout-state"))


@pytest.mark.promise(
    "What was not measured makes the verdict inconclusive, and a source that did not answer within --timeout is named.",
    "ledgermind rollout judge --help",
)
def test_a_judge_whom_nobody_answers_moves_nobody_and_says_who_was_silent(stack: Stack, version: str) -> None:
    before = records(stack)
    said = stack.succeed("rollout", "judge", *SILENT, "--apply", "--json").json
    assert (said["verdict"], said["written"]) == ("INCONCLUSIVE", None)
    assert any("http://127.0.0.1:1" in reason for reason in said["reasons"])
    assert records(stack) == before


@pytest.mark.promise(
    "Print the three most likely categories of one transaction and what the first one rests on.",
    "ledgermind predict --help",
)
def test_a_release_says_what_it_thinks_of_a_wording(stack: Stack, version: str) -> None:
    lines = stack.succeed("predict", *WORDING).stdout.splitlines()
    assert lines[0].startswith("Dining ")
    assert lines[0].endswith(" served")
    assert all(float(line.split()[-1]) < 0.5 for line in lines[1:3])
    assert any("“coffee” speaks for Dining" in line for line in lines)
    assert lines[-1] == "thresholds: the release's own; --record reads those of the rollout record"


@pytest.mark.promise(
    "With --record, thresholds, floors and mutes of the active rollout record apply.", "ledgermind predict --help"
)
def test_what_the_rollout_record_mutes_is_not_served_where_it_is_read(stack: Stack, version: str) -> None:
    muted = stack.succeed("rollout", "set", "--mute", "Dining", "--reason", "a test", "--json").json["version"]
    try:
        own, read = (stack.succeed("predict", *WORDING, "--json", *more).json for more in ((), ("--record",)))
        assert (own["accepted"], own["rollout_version"]) == (True, None)
        assert (read["accepted"], read["rollout_version"]) == (False, muted)
        assert "mute" in stack.succeed("predict", *WORDING, "--record").stdout.splitlines()[-1]
    finally:
        stack.succeed("rollout", "set", "--unmute", "Dining", "--reason", "a test")


@pytest.mark.promise(
    "a rule's answer is served only if the model gives its category at least the rule floor", "docs/MODEL.md"
)
@pytest.mark.promise(
    "probability that a model must give a category for a rule's answer of it to be served",
    "ledgermind rollout set --help",
)
def test_a_rule_is_silent_where_the_model_doubts_it_and_answers_where_the_floor_is_taken_away(
    stack: Stack, version: str
) -> None:
    """No threshold is reached, so everything is left to the rules; every rule is doubted, then none."""
    unreached = [word for name in TAUGHT for word in ("--floor", f"{name}=1")]
    told: dict[str, list[dict[str, Any]]] = {}
    try:
        with stack.worker(LEDGERMIND_WORKER_MODEL_TIMEOUT_MS="5000") as worker:
            for floor in ("all=1", "all=0"):
                record = stack.set_share("100", *unreached, "--rule-floor", floor)["version"]
                unreached = []
                wait_for(partial(serves, worker, record), f"{record} served")
                sent = stack.score(known(10_000 + number) for number in range(60))
                told[floor] = [one.json for one in stack.read("suggestions") if one.input_address in sent]
    finally:
        stack.set_share("0", *(word for name in TAUGHT for word in ("--no-floor", name)), "--no-rule-floor", "all")
    assert {(one["category"], one["source"], one["fallback_reason"]) for one in told["all=1"]} == {
        (None, "none", "rule_doubted")
    }
    assert {(one["source"], one["fallback_reason"]) for one in told["all=0"]} == {("rules", "low_confidence")}


@pytest.mark.promise("1 the release is broken", "ledgermind verify-calibrator --help")
@pytest.mark.promise("3 a release may not be served", "ledgermind rollout set --help")
@pytest.mark.promise("3 the release is refused.", "ledgermind registry promote --help")
def test_a_release_of_which_a_byte_was_changed_is_neither_named_nor_promoted(stack: Stack, version: str) -> None:
    assert stack.run("verify-calibrator").code == 0
    before = records(stack)
    file = max((stack.registry / version).iterdir(), key=lambda path: path.stat().st_size)
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    try:
        assert stack.run("verify-calibrator").code == 1
        named = stack.run("rollout", "set", "0", "--canary", version, "--reason", "a test")
        promoted = stack.run("registry", "promote", version, "--reason", "a test")
        assert (named.code, promoted.code) == (3, 3), named.stderr + promoted.stderr
    finally:
        file.write_bytes(whole)
    assert records(stack) == before


@pytest.mark.promise("A release is kept if a rollout record or a promotion names it", "ledgermind registry gc --help")
def test_what_a_rollout_record_named_is_kept_and_what_nobody_named_is_removed(stack: Stack, version: str) -> None:
    unnamed = stack.registry / "202001010000-nobody"
    unnamed.mkdir()
    for file in (stack.registry / version).iterdir():
        content = file.read_bytes()
        if file.name == "manifest.json":
            content = json.dumps(json.loads(content) | {"model_version": unnamed.name}).encode()
        (unnamed / file.name).write_bytes(content)
    would = stack.succeed("registry", "gc", "--keep", "0", "--json")
    assert unnamed.is_dir(), "without --remove nothing is removed"
    done = stack.succeed("registry", "gc", "--keep", "0", "--remove", "--json")
    assert unnamed.name in would.stdout + done.stdout
    assert not unnamed.exists()
    assert (stack.registry / version).is_dir()


@pytest.mark.promise(
    "Record the release that was promoted before the present one as promoted again.",
    "ledgermind registry rollback --help",
)
def test_a_first_promotion_has_none_to_go_back_to(stack: Stack, version: str) -> None:
    stack.succeed("registry", "promote", version, "--reason", "its gate passed it")
    done = stack.run("registry", "rollback", "--reason", "there is none before it")
    (line,) = done.stderr.strip().splitlines()
    assert done.code != 0
    assert "promoted" in line
    assert version in stack.succeed("registry", "list").stdout


@pytest.mark.promise(
    "If one does not hold or was not measured, nothing is written, unless --override gives a reason.",
    "ledgermind rollout advance --help",
)
@pytest.mark.promise("A smaller share needs no criteria.", "ledgermind rollout set --help")
@pytest.mark.promise("10 a criterion does not hold.", "ledgermind rollout set --help")
def test_upward_needs_criteria_that_hold_or_a_reason_that_stays_and_downward_neither(
    stack: Stack, version: str
) -> None:
    before = records(stack)
    for upward in (("advance",), ("set", "10")):
        refused = stack.run("rollout", *upward, "--reason", "a test", *SILENT)
        assert (refused.code, records(stack)) == (10, before), refused.stderr
        assert "users" in refused.stdout + refused.stderr
    why = "the auditors asked for it"
    moved = stack.succeed("rollout", "advance", "--reason", "a test", "--override", why, *SILENT, "--json").json
    assert moved["percent"] == "10.00"
    assert why in stack.read("rollout-state")[-1].value.decode()
    assert stack.succeed("rollout", "set", "0", "--reason", "a test", *SILENT, "--json").json["percent"] == "0.00"


@pytest.mark.promise("Logs name partitions and offsets, never what a record holds.", "docs/SECURITY.md")
def test_no_log_holds_what_a_record_held(stack: Stack, version: str) -> None:
    secret = "GHIJKL PRIVATE CLINIC"
    with stack.worker(LEDGERMIND_LOG_LEVEL="debug") as worker, stack.landing(LEDGERMIND_LOG_LEVEL="debug") as landing:
        good = payment(9_000, secret, user_id="secret-user")
        stack.score([good, {**good, "amount": f"many {secret}"}, f"{{{secret}".encode()])
        stack.wait_until_landed("transactions", "suggestions", "transactions-dlq")
        logs = worker.log.read_text() + landing.log.read_text()
    assert "landed" in logs
    assert "PRIVATE" not in logs
    assert "secret-user" not in logs


@pytest.mark.slow
@pytest.mark.promise("topics into Postgres", "README.md")
def test_every_event_on_the_topics_is_one_row(stack: Stack, streamed: list[Address]) -> None:
    for topic, table in (("suggestions", "suggestion_events"), ("suggestion-compare", "suggestion_compare")):
        events = [one.json["event_id"] for one in stack.read(topic)]
        rows = [row[0] for row in stack.sql(f"select event_id from raw.{table}")]
        assert sorted(rows) == sorted(events)
        assert len(events) == len(set(events)) >= len(streamed)


@pytest.mark.promise("then serves a growing share of users", "README.md")
def test_at_every_share_users_below_it_are_the_model_s_and_a_user_stays_where_he_is(
    stack: Stack, streamed: list[Address]
) -> None:
    shares = {one.json["version"]: float(one.json["percent"]) for one in stack.read("rollout-state")}
    served = [one.json for one in stack.read("suggestions") if one.input_address in streamed]
    for said in served:
        assert (said["arm"] == "canary") == (said["bucket"] < 100 * shares[said["rollout_version"]])
        assert said["source"] != "model" or said["arm"] == "canary"
    assert len({(said["user_id"], said["bucket"]) for said in served}) == USERS
    assert "model" in {said["source"] for said in served if said["arm"] == "canary"}


@pytest.mark.promise("a user who is in the canary at 10 % is also in it at 50 %.", "docs/ML_CANARY_QUICK_REF.md")
def test_a_user_of_the_canary_stays_in_it_as_the_share_grows(stack: Stack, streamed: list[Address]) -> None:
    shares = {one.json["version"]: one.json["percent"] for one in stack.read("rollout-state")}
    inside: dict[str, set[str]] = {}
    for said in (one.json for one in stack.read("suggestions") if one.input_address in streamed):
        if said["arm"] == "canary":
            inside.setdefault(shares[said["rollout_version"]], set()).add(said["user_id"])
    assert set() < inside["10.00"] < inside["50.00"]
    assert len(inside["50.00"]) < USERS


@pytest.mark.promise(
    "needs Kafka only: no Postgres, no Prometheus, no registry, no judge", "docs/ML_CANARY_DEPLOYMENT.md"
)
def test_a_rollback_needs_kafka_only(stack: Stack, version: str) -> None:
    stack.set_share("10")
    nowhere = {"LEDGERMIND_POSTGRES_DSN": "postgresql://127.0.0.1:1/none", "LEDGERMIND_REGISTRY": "/nowhere"}
    stack.succeed("rollout", "rollback", "--reason", "a test", **nowhere)
    assert stack.read("rollout-state")[-1].json["percent"] == "0.00"


@pytest.mark.promise("the same events again", "README.md")
def test_a_replay_makes_the_same_events_again(stack: Stack, streamed: list[Address]) -> None:
    answered = len(stack.read("suggestions"))
    found = stack.succeed("replay", "--json").json
    assert (found["differing"], found["read"]) == (0, answered)
    assert found["identical"] + sum(found["left_out"].values()) == answered >= len(streamed)
    assert found["identical"] > 0


@pytest.mark.promise("or what if: --release, --percent", "README.md")
def test_a_replay_says_what_another_share_would_have_served(stack: Stack, streamed: list[Address]) -> None:
    nobody = stack.succeed("replay", "--percent", "0", "--json").json
    everybody = stack.succeed("replay", "--percent", "100", "--json").json
    assert nobody["after"]["sources"].get("model", 0) == 0
    assert everybody["after"]["sources"]["model"] > nobody["before"]["sources"]["model"] > 0

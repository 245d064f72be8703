"""``ledgermind rollout`` on a broker: what may not be served is refused before the record is written."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.kafka.topics import create_topics
from ops.local.broker import Broker
from scorer.release.manifest import TEXT
from streams.settings import KafkaSettings
from tests.conftest import Run
from tests.support.small_dataset import renamed
from trainer.evaluation.gate_mode import GateMode
from trainer.release.registry import Registry

pytestmark = pytest.mark.integration
PASSED, MUTED, REFUSED, BROKEN = "202601010000-a", "202602010000-b", "202603010000-c", "202604010000-d"

Rollout = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def rollout(ledgermind: Run, start_broker: Callable[[], Broker], tmp_path: Path) -> Rollout:
    """Return the command on a broker and a registry of its own, with one release of each kind."""
    address = start_broker().bootstrap_servers
    create_topics(KafkaSettings(bootstrap_servers=address))
    registry = Registry(str(tmp_path / "registry"))
    registry.write(PASSED, renamed(PASSED))
    registry.write(MUTED, renamed(MUTED, mode=GateMode.MUTE))
    registry.write(REFUSED, renamed(REFUSED, verdict="REFUSED"))
    registry.write(BROKEN, {**renamed(BROKEN), TEXT: b""})

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        known = {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": address, "LEDGERMIND_REGISTRY": registry.location}
        return ledgermind("rollout", *arguments, **known, **variables)

    return run


def test_only_what_its_gate_passed_is_served_and_a_refusal_writes_nothing(rollout: Rollout) -> None:
    assert rollout("status").returncode == 1
    first = json.loads(rollout("init", "--json").stdout)
    assert (first["percent"], first["canary"]["model_version"]) == ("0.00", REFUSED)  # the newest that loads

    refused = rollout("set", "10", "--reason", "try")
    assert refused.returncode == 3
    (line,) = refused.stderr.splitlines()
    assert f"{REFUSED} may only be shadowed, at 0 %: its gate (strict) said REFUSED: macro-F1 0.500" in line
    assert rollout("set", "0", "--reason", "x", "--control", REFUSED).returncode == 3  # control answers at 0 % too
    for unfit, words in ((BROKEN, "text.npz: was changed"), ("nowhere", "holds no release nowhere")):
        answer = rollout("set", "0", "--reason", "x", "--canary", unfit)
        assert answer.returncode == 3
        assert words in answer.stderr
    assert len(json.loads(f"[{rollout('history', '--json').stdout}]")) == 1

    shadowed = rollout("set", "0", "--reason", "shadow it", "--canary", REFUSED, "--json")
    on = ("--override", "a test", "--json")
    muted = rollout("set", "10", "--reason", "its gate passed it", "--canary", MUTED, *on)
    passed = rollout("set", "50%", "--reason", "on", "--canary", PASSED, "--control", PASSED, *on)
    assert [done.returncode for done in (shadowed, muted, passed)] == [0, 0, 0]
    assert json.loads(passed.stdout)["version"] == 3

    back = json.loads(rollout("rollback", "--reason", "[enough]", "--json").stdout)
    assert (back["version"], back["percent"], back["shadow"]) == (4, "0.00", True)
    status = json.loads(rollout("status", "--json").stdout)
    assert {name: status[name] for name in back} == back
    assert status["judged"]["verdict"] == "HOLD"
    assert [record["version"] for record in json.loads(rollout("history", "--json").stdout)] == [0, 1, 2, 3, 4]
    verified = json.loads(rollout("verify", "--json").stdout)
    assert verified == {"records": 5, "chain": "unbroken", "verdicts": 0, "head": back["hash"]}
    assert PASSED in rollout("status").stdout
    assert "[enough]" in rollout("history").stdout
    assert rollout("verify").stdout.startswith("records 5, chain unbroken")


def test_who_serves_everybody_is_the_champion_beside_the_next_challenger(rollout: Rollout) -> None:
    assert rollout("init", "--canary", PASSED, SUGGEST_USE_MODEL_CANARY="100").returncode == 0
    succeeded = json.loads(rollout("set", "0", "--canary", MUTED, "--reason", "its first shadow day", "--json").stdout)
    assert (succeeded["control"]["model_version"], succeeded["canary"]["model_version"]) == (PASSED, MUTED)
    cheaper = ("--shadow-percent", "20%", "--reason", "cheaper", "--override", "a test", "--json")
    halved = json.loads(rollout("set", "10", *cheaper).stdout)
    assert (halved["shadow"], halved["shadow_percent"], halved["control"]["model_version"]) == (True, "20.00", PASSED)
    assert "20.00 %" in rollout("status").stdout
    back = json.loads(rollout("rollback", "--reason", "complaints", "--json").stdout)
    assert (back["percent"], back["control"]["model_version"]) == ("0.00", PASSED)  # its champion goes on serving


def test_a_record_that_no_worker_could_read_is_not_written(rollout: Rollout) -> None:
    assert rollout("init", "--canary", "").returncode == 0
    for arguments, code, words in (
        (["set", "10", "--reason", ""], 8, "not written"),
        (["set", "10", "--reason", "x" * 2_000], 8, "not written"),
        (["set", "ten", "--reason", "x"], 2, "'ten' is not a share"),
        (["set", "10", "--shadow-percent", "all", "--reason", "x"], 2, "'all' is not a share"),
        (["set", "10", "--reason", "x", "--expect-version", "7"], 8, "at version 0, not 7"),
    ):
        answer = rollout(*arguments)
        assert (answer.returncode, len(answer.stderr.splitlines())) == (code, 1)
        assert words in answer.stderr
    assert json.loads(rollout("set", "10", "--reason", "rules in both arms", "--json").stdout)["version"] == 1


def test_overrides_are_a_record_of_their_own_and_are_shown(rollout: Rollout) -> None:
    assert rollout("init", "--canary", "", SUGGEST_THRESHOLDS_JSON='{"Travel": 0.8}').returncode == 0
    arguments = ("--threshold", "Dining=0.9", "--floor", "Groceries=0.5", "--mute", "Cash", "--reason", "complaints")
    muted = json.loads(rollout("set", *arguments, "--json").stdout)
    assert (muted["version"], muted["percent"], muted["thresholds_source"]) == (1, "0.00", "override")
    assert muted["overrides"] == {
        "Travel": {"threshold": 0.8},
        "Dining": {"threshold": 0.9},
        "Groceries": {"floor": 0.5},
        "Cash": {"muted": True},
    }
    moved = json.loads(rollout("set", "10", "--unmute", "Cash", "--reason", "mended", "--json").stdout)
    assert moved["percent"] == "10.00"
    assert "Cash" not in moved["overrides"]
    assert moved["overrides_hash"] != muted["overrides_hash"]
    assert "threshold 0.8" in rollout("history").stdout
    assert json.loads(rollout("verify", "--json").stdout)["records"] == 3
    for wrong, words in (
        (["set", "--reason", "x"], "nothing would change: give a share"),
        (["set", "--reason", "x", "--mute", "Cahs"], "--mute: 'Cahs' is no category; did you mean Cash?"),
        (["set", "--reason", "x", "--threshold", "Dining=nan"], "give a number from 0 to 1"),
        (["set", "--reason", "x", "--unmute", "Cash"], "Cash is not muted by the rollout record in force"),
        (["set", "--reason", "x", "--threshold", "Dining=0.9"], "has threshold 0.9 for Dining already"),
    ):
        answer = rollout(*wrong)
        assert (answer.returncode, len(answer.stderr.splitlines())) == (2, 1), answer.stderr
        assert words in answer.stderr
    assert len(json.loads(rollout("history", "--json").stdout)) == 3


def test_the_first_record_serves_nothing_unfit_either(rollout: Rollout) -> None:
    refused = rollout("init", SUGGEST_USE_MODEL_CANARY="10")
    assert refused.returncode == 3
    assert rollout("init", "--canary", PASSED, SUGGEST_USE_MODEL_CANARY="10").returncode == 0


@pytest.mark.parametrize("words", [("set", "10"), ("advance",)], ids=["set", "advance"])
def test_a_move_upward_stops_at_criteria_that_do_not_hold_unless_it_is_said_why(
    rollout: Rollout, words: tuple[str, ...]
) -> None:
    assert rollout("init", "--canary", PASSED).returncode == 0
    move = (*words, "--reason", "I am sure")
    refused = rollout(*move)
    assert refused.returncode == 10
    (line,) = refused.stderr.splitlines()
    assert "nothing was written: criteria for 10 % do not hold (answers, recent_transactions, users," in line
    assert "--prometheus or --worker, and --dsn" in line and '--override "<why>"' in line
    assert "  0 → 10 %: errors not measured (bar < 0.01)" in refused.stdout.splitlines()
    assert "  nobody was named who counts: --prometheus, or --worker" in refused.stdout.splitlines()
    assert rollout(*move, "--override", " ").returncode == 1

    record = json.loads(rollout(*move, "--override", "no traffic yet", "--json").stdout)
    assert (record["version"], record["percent"], record["verdict"]) == (1, "10.00", None)
    evidence = record["evidence"]
    assert (evidence["override"], evidence["policy"]) == ("no traffic yet", "default")
    assert "0 → 10 %: errors not measured (bar < 0.01)" in evidence["reasons"]
    assert "I am sure (override: no traffic yet)" in " ".join(rollout("history").stdout.split())
    assert rollout("verify").returncode == 0

    higher = rollout("set", "100", "--reason", "all of them", "--json")
    assert (higher.returncode, higher.stdout) == (10, "")
    for percent in ("10", "5", "0"):  # the same and downward are never asked
        down = rollout("set", percent, "--reason", "down", "--json")
        assert (down.returncode, json.loads(down.stdout)["evidence"]) == (0, None)

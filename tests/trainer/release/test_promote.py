"""Promotion and collection: sound releases only, one after the other, back to the one before, on any file system."""

import json
import subprocess
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from ops.releases.referenced import named_by
from ops.warehouse.migrate import migrate
from schemas.events.rollout import ArmPolicy, RolloutRecord, ThresholdsSource
from schemas.hash_chain import GENESIS_HASH
from scorer.errors import RegistryError
from scorer.release.promotion import Action, standing
from tests.support.corrupt_releases import FOUR, Files
from tests.support.small_dataset import renamed
from trainer.errors import PromotionRefused
from trainer.release.promote import promote, roll_back
from trainer.release.registry import Registry
from trainer.release.retention import plan_retention
from trainer.run_log import record_registry

Run = Callable[..., subprocess.CompletedProcess[str]]
FIRST, SECOND, THIRD = "202601010000-aaaaaaaaaa", "202602010000-bbbbbbbbbb", "202603010000-cccccccccc"
NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(params=["local", "memory"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Registry:
    """Return a registry with three releases that their gates passed."""
    place = str(tmp_path / "registry") if request.param == "local" else f"memory://{uuid.uuid4().hex}"
    made = Registry(place)
    for version in (FIRST, SECOND, THIRD):
        made.write(version, renamed(version))
    return made


def pick(registry: Registry, version: str) -> None:
    promote(registry, version, actor="a", reason="r", now=NOW)


def promoted(registry: Registry) -> str | None:
    record = registry.promoted()
    return None if record is None else record.model_version


def test_a_training_is_compared_with_the_rollouts_champion_whatever_is_promoted(registry: Registry) -> None:
    pick(registry, FIRST)
    assert promoted(registry) == FIRST
    assert (champion := registry.champion(SECOND))
    assert champion.version == SECOND
    assert (newest := registry.champion(None))
    assert newest.version == THIRD


def test_a_champion_that_is_gone_stops_the_training_and_says_what_to_do(registry: Registry) -> None:
    registry.remove(SECOND)
    with pytest.raises(RegistryError, match=f"holds no release {SECOND}, the champion of the rollout: put it back"):
        registry.champion(SECOND)


def test_a_rollback_goes_one_step_back_each_time(registry: Registry) -> None:
    for version in (FIRST, SECOND, THIRD):
        pick(registry, version)
    assert roll_back(registry, actor="a", reason="r", now=NOW).model_version == SECOND
    assert roll_back(registry, actor="a", reason="r", now=NOW).action is Action.ROLLBACK
    assert promoted(registry) == FIRST
    with pytest.raises(RegistryError, match="no release to go back to"):
        roll_back(registry, actor="a", reason="r", now=NOW)
    pick(registry, THIRD)
    assert [record.model_version for record in standing(registry.promotions())] == [FIRST, THIRD]


def test_a_rollback_without_a_release_before_says_what_can_be_promoted(registry: Registry) -> None:
    with pytest.raises(RegistryError, match="no release is promoted, so none can be rolled back"):
        roll_back(registry, actor="a", reason="r", now=NOW)
    pick(registry, SECOND)
    says = f"no release was promoted before {SECOND}, .*; `ledgermind registry promote` takes one of {FIRST}, {THIRD}"
    with pytest.raises(RegistryError, match=says):
        roll_back(registry, actor="a", reason="r", now=NOW)
    assert promoted(registry) == SECOND


def test_promoting_what_is_promoted_changes_nothing(registry: Registry) -> None:
    pick(registry, FIRST)
    pick(registry, FIRST)
    assert len(registry.promotions()) == 1


def test_of_two_who_promote_at_once_one_is_told(registry: Registry) -> None:
    pick(registry, FIRST)
    with pytest.raises(RegistryError, match="at the same time"):
        registry.append(registry.promotions()[0])
    assert len(registry.promotions()) == 1


@pytest.mark.parametrize(("damage", "says"), [pytest.param(damage, says, id=name) for name, damage, says in FOUR])
def test_a_damaged_release_is_not_promoted(registry: Registry, damage: Callable[[Files], Files], says: str) -> None:
    version = "202604010000-dddddddddd"
    registry.write(version, damage(dict(renamed(version))))
    with pytest.raises(PromotionRefused, match=says):
        pick(registry, version)
    assert promoted(registry) is None


@pytest.mark.parametrize("verdict", ["REFUSED", "INCONCLUSIVE"])
def test_what_its_gate_did_not_pass_is_not_promoted(registry: Registry, verdict: str) -> None:
    registry.write("v", renamed("v", verdict=verdict))
    with pytest.raises(PromotionRefused, match=f"its gate .* said {verdict}"):
        pick(registry, "v")


def test_a_release_that_is_not_there_is_not_promoted(registry: Registry) -> None:
    with pytest.raises(RegistryError, match="holds no release v9"):
        pick(registry, "v9")


def test_a_chain_that_was_changed_is_trusted_no_more(tmp_path: Path) -> None:
    registry = Registry(str(tmp_path))
    for version in (FIRST, SECOND):
        registry.write(version, renamed(version))
        pick(registry, version)
    link = tmp_path / ".promotions" / "000001.json"
    link.write_bytes(link.read_bytes().replace(b'"r"', b'"another reason"'))
    with pytest.raises(RegistryError, match="promotion 2 does not link to the promotion before it"):
        registry.promoted()


def test_collection_keeps_what_somebody_may_need(registry: Registry) -> None:
    registry.write("202604010000-dddddddddd", renamed("202604010000-dddddddddd", verdict="REFUSED"))
    assert [item.reason for item in plan_retention(registry, named={}, newest=0)] == [
        None, None, "the newest that its gate passed", None,
    ]  # fmt: skip
    pick(registry, FIRST)
    pick(registry, SECOND)
    kept = [item.reason for item in plan_retention(registry, named={THIRD: "named"}, newest=1)]
    assert kept == ["promoted before the one in force", "promoted", "named", "one of the 1 newest"]


def test_a_removed_release_is_gone_and_the_others_are_not(registry: Registry) -> None:
    registry.remove(SECOND)
    registry.remove(SECOND)
    assert registry.versions() == [FIRST, THIRD]
    assert registry.read(THIRD) == renamed(THIRD)


def test_every_release_that_any_rollout_record_names_is_needed() -> None:
    record = RolloutRecord(
        version=4, percent="0.00", shadow=True, shadow_percent="100.00", control=ArmPolicy(FIRST),
        canary=ArmPolicy(SECOND), salt="s", thresholds_source=ThresholdsSource.RELEASE, actor="a", reason="r",
        decided_at=NOW, verdict=None, evidence=None, prev_hash=GENESIS_HASH, hash="",
    )  # fmt: skip
    assert named_by([record]) == dict.fromkeys((FIRST, SECOND), "rollout record 4 names it")


def test_the_commands_promote_and_go_back(ledgermind: Run, tmp_path: Path) -> None:
    registry = Registry(str(tmp_path))
    for version, verdict in ((FIRST, "PASS"), (SECOND, "PASS"), (THIRD, "REFUSED")):
        registry.write(version, renamed(version, verdict=verdict))

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return ledgermind("registry", *arguments, LEDGERMIND_REGISTRY=str(tmp_path))

    for version in (FIRST, SECOND):
        assert run("promote", version, "--reason", "well", "--no-warehouse").returncode == 0
    refused = run("promote", THIRD, "--reason", "well", "--no-warehouse")
    assert (refused.returncode, "said REFUSED" in refused.stderr) == (3, True)
    back = json.loads(run("rollback", "--reason", "complaints", "--no-warehouse", "--json").stdout)
    assert (back["model_version"], back["action"], back["reason"]) == (FIRST, "rollback", "complaints")
    roles = {row["model_version"]: row["role"] for row in json.loads(run("list", "--json").stdout)}
    assert roles == {FIRST: "promoted", SECOND: None, THIRD: None}


@pytest.mark.integration
def test_the_warehouses_rows_follow_the_registry(database: str, registry: Registry) -> None:
    migrate(database)
    pick(registry, FIRST)
    pick(registry, SECOND)
    roll_back(registry, actor="a", reason="r", now=NOW.replace(hour=3))
    for _ in range(2):
        record_registry(database, registry.list(), registry.promotions())
    with psycopg.connect(database) as connection:
        found = connection.execute("select model_version, status from raw.model_registry order by status_at").fetchall()
    passed = [(version, "PASS") for version in (FIRST, SECOND, THIRD)]
    assert sorted(found) == sorted([*passed, (FIRST, "PROMOTED"), (SECOND, "PROMOTED"), (FIRST, "ROLLED_BACK_TO")])


@pytest.mark.integration
def test_a_command_writes_what_the_warehouse_lacks(database: str, ledgermind: Run, tmp_path: Path) -> None:
    migrate(database)
    Registry(str(tmp_path)).write(FIRST, renamed(FIRST))
    known = {"LEDGERMIND_REGISTRY": str(tmp_path), "LEDGERMIND_POSTGRES_DSN": database}
    for _ in range(2):
        done = ledgermind("registry", "record", "--json", **known)
        assert (done.returncode, json.loads(done.stdout)) == (0, {"releases": 1})
    with psycopg.connect(database) as connection:
        found = connection.execute("select model_version, trained_until from raw.release_cut_offs").fetchall()
    manifest = Registry(str(tmp_path)).list()[0].manifest
    assert manifest is not None
    assert found == [(FIRST, datetime.fromisoformat(manifest.as_of))]

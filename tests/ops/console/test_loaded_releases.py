"""The console asks the releases that the rollout names and the newest; one that does not load says why."""

from pathlib import Path

import pytest

from ops.console.loaded_releases import LOADING, NEWEST, LoadedReleases, roles_of
from schemas.events.rollout import ArmPolicy
from tests.support.builders import first_rollout


@pytest.mark.parametrize(
    ("control", "canary", "roles"),
    [
        pytest.param(None, None, {}, id="rules alone"),
        pytest.param(None, "b", {"b": "canary"}, id="a canary"),
        pytest.param("a", "b", {"a": "control", "b": "canary"}, id="both"),
        pytest.param("a", "a", {"a": "control and canary"}, id="one release in both arms"),
    ],
)
def test_each_release_has_the_arms_that_name_it(control: str | None, canary: str | None, roles: dict[str, str]) -> None:
    assert roles_of(first_rollout(control=ArmPolicy(control), canary=ArmPolicy(canary))) == roles


def test_a_record_that_there_is_not_names_nothing() -> None:
    assert roles_of(None) == {}


def test_what_is_not_loaded_yet_says_so_and_what_cannot_be_says_why(tmp_path: Path) -> None:
    record = first_rollout(canary=ArmPolicy("202601010000-aaaaaaaaaa"))
    (tmp_path / "202602010000-bbbbbbbbbb").mkdir()
    (tmp_path / "202602010000-bbbbbbbbbb" / "manifest.json").write_text("{")
    releases = LoadedReleases(str(tmp_path), record=lambda: record)
    assert [(one.role, one.fault) for one in releases.all()] == [("canary", LOADING)]
    releases.load()
    canary, newest = releases.all()
    assert (canary.version, canary.role, newest.role) == ("202601010000-aaaaaaaaaa", "canary", NEWEST)
    for one in (canary, newest):
        assert one.release is None
        assert one.fault not in (None, LOADING)
        assert "\n" not in str(one.fault)


def test_a_release_that_the_rollout_left_is_dropped(tmp_path: Path) -> None:
    records = [first_rollout(canary=ArmPolicy("202601010000-aaaaaaaaaa")), first_rollout()]
    releases = LoadedReleases(str(tmp_path), record=lambda: records[0])
    releases.load()
    assert len(releases.all()) == 1
    del records[0]
    releases.load()
    assert releases.all() == []

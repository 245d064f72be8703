"""The registry: releases are written whole, once, and the newest good one is found."""

from pathlib import Path

import pytest

from scorer.errors import RegistryError
from scorer.release.manifest import CALIBRATION, MANIFEST
from tests.support.small_dataset import release
from trainer.release.registry import Registry
from trainer.release.verify import VerificationOutcome, verify


def test_a_release_is_written_whole_and_read_back(tmp_path: Path) -> None:
    version, files = release()
    registry = Registry(str(tmp_path / "registry"))
    registry.write(version, files)
    assert registry.versions() == [version]
    assert registry.read(version) == files
    assert [path.name for path in (tmp_path / "registry").iterdir()] == [version]


def test_writing_the_same_release_again_changes_nothing_and_another_of_its_name_is_refused(tmp_path: Path) -> None:
    version, files = release()
    registry = Registry(str(tmp_path))
    registry.write(version, files)
    registry.write(version, files)
    with pytest.raises(RegistryError, match="never change"):
        registry.write(version, files | {MANIFEST: b"{}"})


def test_a_memory_registry_behaves_like_a_local_one() -> None:
    version, files = release()
    registry = Registry("memory://models/registry")
    assert registry.versions() == []
    registry.write(version, files)
    assert registry.read(version) == files
    with pytest.raises(RegistryError, match="not on this machine"):
        registry.path_of(version)


def test_an_empty_registry_has_no_release(tmp_path: Path) -> None:
    registry = Registry(str(tmp_path / "nowhere"))
    assert registry.versions() == []
    assert registry.newest_verified() is None
    with pytest.raises(RegistryError, match="holds no release x"):
        registry.read("x")


def test_a_damaged_release_is_listed_and_passed_over(tmp_path: Path) -> None:
    version, files = release()
    Registry(str(tmp_path)).write(version, files)
    (tmp_path / version / CALIBRATION).write_bytes(b"{}")
    registry = Registry(str(tmp_path))
    assert [listed.fault for listed in registry.list()] == [None]
    assert registry.newest_verified() is None
    (tmp_path / version / MANIFEST).write_bytes(b"{")
    assert registry.list()[0].fault


def test_what_is_half_written_is_no_release(tmp_path: Path) -> None:
    (tmp_path / ".writing-abc").mkdir()
    (tmp_path / "v1").mkdir()
    assert Registry(str(tmp_path)).versions() == []


def test_verification_has_three_outcomes() -> None:
    version, files = release()
    assert verify(files, name=version).outcome is VerificationOutcome.FINE
    broken = verify(files | {CALIBRATION: b"{}"}, name=version)
    assert broken.outcome is VerificationOutcome.BROKEN
    assert "was changed" in broken.faults[0]

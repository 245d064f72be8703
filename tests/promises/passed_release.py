"""Passed release: a small release whose gate said PASS, for promises about what happens once a model serves."""

from pathlib import Path

from tests.trainer.small_past import release, renamed
from trainer.registry import Registry

VERSION = "202601150000-a"


def write_passed_release(registry: Path) -> str:
    """Write it to a registry as a training would, and return its version."""
    release()
    Registry(str(registry)).write(VERSION, renamed(VERSION))
    return VERSION

"""Passed release: a small release whose gate said PASS, for promises about what happens once a model serves."""

import json
from pathlib import Path

import numpy as np

from scorer.model.arrays import pack, unpack
from scorer.release.manifest import MANIFEST, VOCABULARY
from tests.support.corrupt_releases import resealed
from tests.support.small_dataset import release, renamed
from trainer.release.registry import Registry

VERSION = "202601150000-a"
LYING = "202601160000-b"


def write_passed_release(registry: Path) -> str:
    """Write it to a registry as a training would, and return its version."""
    release()
    Registry(str(registry)).write(VERSION, renamed(VERSION))
    return VERSION


def write_lying_release(registry: Path) -> str:
    """Write one whose array has one axis too many, under hashes and a manifest that fit; return its version."""
    release()
    files = renamed(LYING)
    arrays = unpack(files[VOCABULARY], ())
    arrays["mcc_categories"] = arrays["mcc_categories"][:, np.newaxis]
    lying = resealed(files | {VOCABULARY: pack(**arrays)})
    Registry(str(registry)).write(LYING, lying)
    assert json.loads(lying[MANIFEST])["gate"]["verdict"] == "PASS"
    return LYING

"""Google Cloud Storage: what holds of a registry on S3 holds there, by the client that the extra ``gcs`` installs."""

import os
import subprocess

import pytest

from ops.patience import patience_seconds
from tests.conftest import COMMAND_PATIENCE, ROOT
from tests.support.gcs_server import MODULE, python_with_client
from tests.support.go_programs import go_program

pytestmark = [pytest.mark.integration, pytest.mark.slow]


def test_what_holds_on_s3_holds_on_google_cloud_storage() -> None:
    go_program(MODULE)  # skips here, and not in the run below, where it is missing
    command = [str(python_with_client()), "-m", "pytest", "-q", "-n0", "-rA", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "tests/integration/test_object_store.py"],
        env=os.environ | {"OBJECT_STORE": "gs"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=3 * COMMAND_PATIENCE * patience_seconds(),
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4_000:]
    assert "6 passed" in done.stdout

"""S3 server: a real one of files, built once by Go's own tools and kept in the project's cache."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from ops.local.ports import LOOPBACK, is_open
from ops.local.process import start, stop
from ops.patience import wait_for

MODULE: Final = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"
KEY, SECRET = "of-the-test", "also-of-the-test"
BUCKET: Final = "models"


def find_server() -> Path:
    """Return the program; skips where it is neither there nor can be built."""
    place = Path(os.environ["LEDGERMIND_CACHE"]).resolve() / "versitygw"
    if not place.exists():
        if shutil.which("go") is None:
            pytest.skip("a real S3 server needs Go: go not on the PATH")
        built = subprocess.run(
            ["go", "install", MODULE],
            env=os.environ | {"GOBIN": str(place.parent)},
            capture_output=True,
            text=True,
            timeout=1_200,
            check=False,
        )
        if built.returncode:
            pytest.skip(f"versitygw cannot be built: {built.stderr.strip().splitlines()[-1]}")
    return place


@contextmanager
def s3_server(folder: Path, *, port: int) -> Iterator[None]:
    """Run a server with one bucket until the context ends."""
    (folder / "data" / BUCKET).mkdir(parents=True, exist_ok=True)
    process = start(
        [str(find_server()), "--port", f"{LOOPBACK}:{port}", "posix", str(folder / "data")],
        log=folder / "s3.log",
        environment={"ROOT_ACCESS_KEY": KEY, "ROOT_SECRET_KEY": SECRET},
    )
    try:
        wait_for(lambda: is_open(port), f"the S3 server (see {folder / 's3.log'})")
        yield
    finally:
        stop(process)


def variables(port: int) -> dict[str, str]:
    """Return the variables by which any S3 client finds it."""
    return {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_ENDPOINT_URL": f"http://{LOOPBACK}:{port}",
        "AWS_DEFAULT_REGION": "us-east-1",
    }

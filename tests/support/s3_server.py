"""S3 server: a real one of files, built once by Go's own tools and kept in the project's cache."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ops.local.ports import LOOPBACK, is_open
from ops.local.process import start, stop
from ops.patience import wait_for
from tests.support.go_programs import go_program

MODULE: Final = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"
KEY, SECRET = "of-the-test", "also-of-the-test"
BUCKET: Final = "models"


@contextmanager
def running(folder: Path, *, port: int) -> Iterator[None]:
    """Run a server with one bucket until the context ends."""
    (folder / "data" / BUCKET).mkdir(parents=True, exist_ok=True)
    process = start(
        [str(go_program(MODULE)), "--port", f"{LOOPBACK}:{port}", "posix", str(folder / "data")],
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

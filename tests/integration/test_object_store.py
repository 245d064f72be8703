"""Object store: a registry on a real S3 server, raced for by two writers, and what is said where it is away."""

import json
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ops.local.ports import LOOPBACK, free_port
from scorer.errors import RegistryError
from scorer.release.manifest import MANIFEST, PASS
from tests.conftest import Run
from tests.support.s3_server import BUCKET, s3_server, variables
from tests.support.small_dataset import release, renamed
from trainer.release.promote import promote
from trainer.release.registry import Registry

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def files_of_bucket(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which the server keeps the objects of its bucket."""
    return tmp_path_factory.mktemp("s3") / "data" / BUCKET


@pytest.fixture(scope="module")
def bucket(files_of_bucket: Path) -> Iterator[str]:
    """Return the address of a bucket; one server for all, since fsspec keeps its first client for the process."""
    port = free_port()
    with pytest.MonkeyPatch.context() as patch, s3_server(files_of_bucket.parents[1], port=port):
        for name, value in variables(port).items():
            patch.setenv(name, value)
        yield f"s3://{BUCKET}"


@pytest.fixture
def store(bucket: str) -> str:
    """Return the address of an empty registry in the bucket."""
    return f"{bucket}/{uuid.uuid4().hex}"


def test_a_release_is_written_read_and_used_by_commands(store: str, ledgermind: Run) -> None:
    version, files = release()
    registry = Registry(store)
    assert registry.versions() == []
    registry.write(version, files)
    registry.write(version, files)  # the same again is left alone
    assert Registry(store).read(version) == files
    asked = ledgermind("predict", "TESCO 1234", "--amount", "-20.50", "--json", LEDGERMIND_REGISTRY=store)
    assert (asked.returncode, json.loads(asked.stdout)["category"]) == (0, "Groceries")


def test_of_two_that_write_one_version_one_wins_and_nothing_is_mixed(store: str) -> None:
    version, files = release()
    other = files | {MANIFEST: files[MANIFEST] + b"\n", "CARD.md": b"another"}
    both, told = threading.Barrier(2), []

    def write(content: dict[str, bytes]) -> None:
        registry = Registry(store)
        both.wait()
        try:
            registry.write(version, content)
        except RegistryError as error:
            told.append(str(error))

    threads = [threading.Thread(target=write, args=(content,)) for content in (files, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (line,) = told
    assert "is there already" in line
    assert "\n" not in line
    assert Registry(store).read(version) in (files, other)


def test_what_has_no_manifest_yet_is_no_release(store: str) -> None:
    version, files = release()
    registry = Registry(store)
    some = sorted(files.keys() - {MANIFEST})[0]
    registry._files.pipe_file(f"{registry.location_of(version)}/{some}", files[some])  # a writer that died
    assert registry.versions() == []
    registry.write(version, files)
    assert registry.read(version) == files


def test_what_another_process_wrote_since_the_last_look_is_seen(store: str, files_of_bucket: Path) -> None:
    version, files = release()
    registry = Registry(store)
    registry.write("earlier", renamed("earlier"))
    assert registry.versions() == ["earlier"]
    folder = files_of_bucket / store.rsplit("/", 1)[-1] / version
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    assert registry.versions() == sorted(["earlier", version])
    assert registry.load(version).version == version


def test_of_two_who_promote_at_once_one_is_told(store: str) -> None:
    registry = Registry(store)
    registry.write("v", renamed("v", verdict=PASS))
    promoted = promote(registry, "v", actor="ana", reason="it passed", now=datetime(2026, 5, 1, tzinfo=UTC))
    assert Registry(store).promoted() == promoted
    with pytest.raises(RegistryError, match="somebody else promoted at the same time"):
        Registry(store).append(promoted)
    assert Registry(store).promotions() == (promoted,)


def test_a_store_that_is_away_is_one_line(ledgermind: Run) -> None:
    nobody = variables(free_port())
    done = ledgermind("registry", "list", LEDGERMIND_REGISTRY=f"s3://{BUCKET}/releases", **nobody)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith(f"ledgermind: registry s3://{BUCKET}/releases: cannot be listed: ")
    assert LOOPBACK in line


def test_a_wrong_key_is_one_line(store: str, ledgermind: Run) -> None:
    done = ledgermind("registry", "list", LEDGERMIND_REGISTRY=store, AWS_SECRET_ACCESS_KEY="wrong")
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert "cannot be listed" in line
    assert "wrong" not in line


def test_an_address_without_its_client_names_the_extra(ledgermind: Run) -> None:
    done = ledgermind("registry", "list", LEDGERMIND_REGISTRY="gs://models/releases")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip().endswith("no client for gs:// is installed: pip install 'ledgermind[gcs]'")

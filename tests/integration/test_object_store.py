"""Object store: a registry on a real S3 server, raced for by two writers, and what is said where it is away.

With ``OBJECT_STORE=gs`` the same is asked of a server of Google Cloud Storage; ``test_object_store_gcs`` does so.
"""

import json
import os
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import fsspec
import pytest

from ops.local.ports import LOOPBACK, free_port
from scorer.errors import RegistryError
from scorer.release.manifest import MANIFEST, PASS
from tests.conftest import Run
from tests.support import gcs_server, s3_server
from tests.support.small_dataset import release, renamed
from trainer.release.promote import promote
from trainer.release.registry import Registry

pytestmark = pytest.mark.integration


IS_GOOGLE = os.environ.get("OBJECT_STORE") == "gs"
SCHEME, SERVER = ("gs", gcs_server) if IS_GOOGLE else ("s3", s3_server)
of_s3 = pytest.mark.skipif(IS_GOOGLE, reason="the server of the other store knows no credentials")
no_client = pytest.mark.skipif(IS_GOOGLE, reason="the client of this store is here")


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a bucket; one server for all, since fsspec keeps its first client for the process."""
    port = free_port()
    with pytest.MonkeyPatch.context() as patch, SERVER.running(tmp_path_factory.mktemp("store"), port=port):
        for name, value in SERVER.variables(port).items():
            patch.setenv(name, value)
        yield f"{SCHEME}://{SERVER.BUCKET}"


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


def test_what_another_process_wrote_since_the_last_look_is_seen(store: str) -> None:
    version, files = release()
    registry = Registry(store)
    registry.write("earlier", renamed("earlier"))
    assert registry.versions() == ["earlier"]
    other_client, root = fsspec.core.url_to_fs(store, skip_instance_cache=True)
    for name in sorted(files, key=lambda name: name == MANIFEST):
        other_client.pipe_file(f"{root}/{version}/{name}", files[name])
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
    nobody = SERVER.variables(free_port())
    address = f"{SCHEME}://{SERVER.BUCKET}/releases"
    done = ledgermind("registry", "list", LEDGERMIND_REGISTRY=address, **nobody)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith(f"ledgermind: registry {address}: cannot be listed: ")
    assert LOOPBACK in line


@of_s3
def test_a_wrong_key_is_one_line(store: str, ledgermind: Run) -> None:
    done = ledgermind("registry", "list", LEDGERMIND_REGISTRY=store, AWS_SECRET_ACCESS_KEY="wrong")
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert "cannot be listed" in line
    assert "wrong" not in line


@no_client
def test_an_address_without_its_client_names_the_extra(ledgermind: Run) -> None:
    done = ledgermind("registry", "list", LEDGERMIND_REGISTRY="gs://models/releases")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip().endswith("no client for gs:// is installed: pip install 'ledgermind[gcs]'")

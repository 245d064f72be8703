"""No build comes between the tests of the training mart and its reading, whoever trains."""

import sys
from pathlib import Path

import pytest

from ops.local.process import start, stop
from ops.patience import patience_seconds, wait_for
from ops.warehouse.build_lock import building
from ops.warehouse.migrate import migrate

pytestmark = pytest.mark.integration
LEDGERMIND = Path(sys.executable).parent / "ledgermind"
WAITS = "another build of this warehouse is under way"


def test_a_training_waits_for_the_build_that_is_under_way(database: str, tmp_path: Path) -> None:
    migrate(database)
    log = tmp_path / "train.log"
    environment = {"LEDGERMIND_POSTGRES_DSN": database, "LEDGERMIND_REGISTRY": str(tmp_path / "registry")}
    with building(database, say=pytest.fail):
        training = start([str(LEDGERMIND), "train", "--target", str(tmp_path)], log=log, environment=environment)
        try:
            wait_for(lambda: WAITS in log.read_text(), lambda: f"word on the build: {log.read_text()}")
            assert training.poll() is None
        except BaseException:
            stop(training)
            raise
    assert training.wait(patience_seconds()) != 0
    assert "training is blocked" in log.read_text()  # it went on, to what it says of an empty warehouse

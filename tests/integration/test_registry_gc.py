"""``ledgermind registry gc``: says what it would do, removes only what nobody names, and without a broker nothing."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.kafka.topics import create_topics
from ops.local.broker import Broker
from streams.settings import KafkaSettings
from tests.conftest import Run
from tests.support.small_dataset import renamed
from trainer.release.registry import Registry

pytestmark = pytest.mark.integration
NAMED, NEEDLESS, PROMOTED, NEWEST = "202601010000-a", "202602010000-b", "202603010000-c", "202604010000-d"


@pytest.mark.slow
def test_only_what_nobody_names_is_removed_and_only_when_asked(
    ledgermind: Run, start_broker: Callable[[], Broker], tmp_path: Path
) -> None:
    address = start_broker().bootstrap_servers
    create_topics(KafkaSettings(bootstrap_servers=address))
    registry = Registry(str(tmp_path / "registry"))
    for version in (NAMED, NEEDLESS, PROMOTED, NEWEST):
        registry.write(version, renamed(version, verdict="REFUSED" if version == NEWEST else "PASS"))
    known = {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": address, "LEDGERMIND_REGISTRY": registry.location}
    assert ledgermind("rollout", "init", "--canary", NAMED, **known).returncode == 0
    assert ledgermind("registry", "promote", PROMOTED, "--reason", "x", "--no-warehouse", **known).returncode == 0

    away = known | {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}
    refused = ledgermind("registry", "gc", "--keep", "0", "--remove", **away)
    assert refused.returncode not in (0, 70)
    dry = ledgermind("registry", "gc", "--keep", "1", **known)
    assert (dry.returncode, dry.stdout.count("would be removed")) == (0, 1)
    assert registry.versions() == [NAMED, NEEDLESS, PROMOTED, NEWEST]

    done = json.loads(ledgermind("registry", "gc", "--keep", "1", "--remove", "--json", **known).stdout)
    assert {row["model_version"]: (row["kept_for"], row["removed"]) for row in done} == {
        NAMED: ("rollout record 0 names it", False),
        NEEDLESS: (None, True),
        PROMOTED: ("promoted", False),
        NEWEST: ("one of the 1 newest", False),
    }
    assert registry.versions() == [NAMED, PROMOTED, NEWEST]

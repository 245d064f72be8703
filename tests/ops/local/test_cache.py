"""The cache: what two programs fetch at once is fetched once."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ops.local.cache import held


def test_who_comes_second_waits_for_the_first(tmp_path: Path) -> None:
    place = tmp_path / "kafka-4.3.1"
    fetched: list[int] = []

    def fetch(number: int) -> bool:
        with held(place):
            if place.exists():
                return False
            time.sleep(0.2)  # as a download would take
            place.mkdir()
            fetched.append(number)
            return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(fetch, range(4))) == 1
    assert len(fetched) == 1


def test_one_place_does_not_hold_another(tmp_path: Path) -> None:
    with held(tmp_path / "kafka-4.3.1"), held(tmp_path / "kafka-4.3.2"):
        assert {path.name for path in tmp_path.iterdir()} == {"kafka-4.3.1.lock", "kafka-4.3.2.lock"}

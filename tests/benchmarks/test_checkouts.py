"""Two checkouts of this repository side by side: what each worker carries a second, in rounds that take turns.

``make bench-checkouts BEFORE=<folder> AFTER=<folder>``. Each has a broker of its own that idles while the other works,
and a release that its own code has trained from the golden inputs; the records are the same. The one that goes first
is another in every round, so that a machine's bad minute falls on both.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ops.local.broker import open_broker
from ops.local.process import start
from tests.benchmarks.test_end_to_end import BACKLOG, drain_seconds
from tests.benchmarks.traffic import records
from tests.support.kafka_io import send_records

pytestmark = [pytest.mark.benchmark]
SIDES = ("BEFORE", "AFTER")
ROUNDS = int(os.environ.get("CHECKOUT_ROUNDS", "9"))
BROKER = os.environ.get("CHECKOUT_BROKER", "kafka")  # or embedded


@dataclass(frozen=True, slots=True)
class Checkout:
    """One folder of the repository, the broker that it works on and the registry that it reads."""

    folder: Path
    servers: str
    registry: Path

    @property
    def python(self) -> str:
        """Its own interpreter; this one where it has none."""
        own = self.folder / ".venv" / "bin" / "python"
        return str(own) if own.exists() else sys.executable

    @property
    def environment(self) -> dict[str, str]:
        """The folder comes before what is installed."""
        return {"PYTHONPATH": str(self.folder)}

    def prepare(self, mode: str) -> None:
        """Make topics, release and record by its own code."""
        subprocess.run(
            [self.python, "-m", "tests.goldens.serve", "prepare", self.servers, str(self.registry), mode],
            cwd=self.folder, env=os.environ | self.environment, check=True,
        )  # fmt: skip

    def work(self, servers: str, group: str, folder: Path) -> subprocess.Popen[bytes]:
        """Start a worker."""
        command = [self.python, "-m", "tests.goldens.serve", "work", servers, str(self.registry), group]
        return start(command, log=folder / f"{group}.log", environment=self.environment, directory=self.folder)


@contextmanager
def checkouts(folder: Path, mode: str) -> Iterator[dict[str, Checkout]]:
    """Start a broker for each checkout, prepared and with the backlog on it."""
    backlog = [(record.key, record.value) for record in records(BACKLOG)]
    with ExitStack() as stack:
        found = {}
        for side in SIDES:
            broker = stack.enter_context(open_broker(BROKER, directory=folder / side))
            found[side] = Checkout(
                Path(os.environ[side]).resolve(), broker.bootstrap_servers, folder / side / "registry"
            )
            found[side].prepare(mode)
            send_records(broker.bootstrap_servers, backlog)
        yield found


@pytest.mark.parametrize("mode", ["rules", "model"])
def test_a_backlog_by_two_checkouts(tmp_path: Path, mode: str) -> None:
    if any(side not in os.environ for side in SIDES):
        pytest.skip("compares two checkouts: make bench-checkouts BEFORE=<folder> AFTER=<folder>")
    rates: dict[str, list[float]] = {side: [] for side in SIDES}
    with checkouts(tmp_path, mode) as found:
        for side, checkout in found.items():  # a broker's first transactions take seconds: its classes are compiled
            drain_seconds(checkout.work, checkout.servers, tmp_path / side)
        for number in range(ROUNDS):
            for side in SIDES if number % 2 == 0 else reversed(SIDES):
                seconds = drain_seconds(found[side].work, found[side].servers, tmp_path / side)
                rates[side].append(BACKLOG / seconds)
    ratios = sorted(after / before for before, after in zip(*rates.values(), strict=True))
    low, _, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    print(f"\n{BACKLOG:,} records, {ROUNDS} rounds, {BROKER}, {'rules and model' if mode == 'model' else 'rules'}")
    for side in SIDES:
        print(f"  {side.lower():6} {statistics.median(rates[side]):8,.0f} transactions/s (median)")
    print(f"  after/before {statistics.median(ratios):.3f} (median of the rounds; quartiles {low:.3f} to {high:.3f})")

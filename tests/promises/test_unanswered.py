"""What the warehouse promises of transactions that nobody answers: the build says so by the name of a test."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from ops.patience import scale
from tests.promises.events import payment, written
from tests.promises.stack import Stack


@pytest.mark.slow
@pytest.mark.timeout(600 * scale())
@pytest.mark.promise(
    "A transaction without suggestion or dead letter 30 minutes after it landed fails the build and names"
    " `every_transaction_is_answered`, also where no worker runs",
    "docs/DATA_QUALITY.md",
)
def test_transactions_that_land_after_the_worker_stopped_fail_the_build_by_name(stack: Stack) -> None:
    stack.succeed("rollout", "init")
    with stack.landing():
        with stack.worker():
            stack.score(payment(number, txn_id=f"answered-{number}") for number in range(20))
        stack.publish("transactions", [payment(number, txn_id=f"unanswered-{number}") for number in range(5)])
        stack.wait_until_landed("transactions", "suggestions", "suggestion-compare", "rollout-state")
    landed = datetime.fromtimestamp(time.time(), UTC)
    stack.succeed("warehouse", "build")
    for command in ("test", "build"):
        done = stack.run("warehouse", command, "--as-of", written(landed + timedelta(minutes=31)))
        assert done.code != 0, done.stdout
        assert "every_transaction_is_answered" in done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr

"""A right that is taken away while a worker runs is named where an operator looks, and costs no record."""

from functools import partial

import pytest

from ops.patience import wait_for
from tests.promises.events import payment
from tests.promises.program import Program
from tests.promises.rights import Guarded
from tests.promises.stack import Stack

LOST = (("read", "transactions"), ("write", "suggestions"))


def is_missing(worker: Program, operation: str, topic: str) -> bool:
    """Return whether ``/ready`` names a right as missing."""
    return f"may {operation} {topic}" in worker.page("/ready")[1]


@pytest.mark.promise(
    "A right that is lost while it runs is shown in `/ready` as `may read transactions` or `may write suggestions`. "
    "It is counted in `lm_stream_missing_rights`",
    "docs/SECURITY.md",
)
@pytest.mark.promise("No record is lost, and the worker continues when the right is back.", "docs/SECURITY.md")
def test_a_right_that_is_lost_is_named_and_costs_no_record(guarded_stack: tuple[Stack, Guarded]) -> None:
    stack, guarded = guarded_stack
    patient = {"LEDGERMIND_WORKER_STUCK_SECONDS": "3600"}  # one that is ended for standing still would be started again
    with stack.worker(**guarded.papers, **patient) as worker:
        sent = stack.score([payment(number) for number in range(100)])
        for round_, (operation, topic) in enumerate(LOST, start=1):
            guarded.deny(operation, topic)
            sent += stack.publish("transactions", [payment(100 * round_ + number) for number in range(100)])
            wait_for(partial(is_missing, worker, operation, topic), f"/ready to name the right to {operation} {topic}")
            assert worker.page("/ready")[0] == 503
            assert worker.metrics()["lm_stream_missing_rights"] >= 1
            guarded.give_back()
            stack.wait_until_scored()
            worker.wait_until_ready()
            assert worker.metrics()["lm_stream_missing_rights"] == 0
    assert sorted(one.input_address for one in stack.read("suggestions")) == sorted(sent)

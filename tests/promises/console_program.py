"""Console program: one `ledgermind console` beside a stack, and a stack of which its pages have something to show."""

from collections.abc import Iterator
from contextlib import contextmanager

from ops.patience import wait_for
from tests.promises.events import payment
from tests.promises.passed_release import VERSION, write_lying_release, write_passed_release
from tests.promises.program import Program
from tests.promises.stack import Stack

NOWHERE = "127.0.0.1:1"
LINES = ("TESCO STORES 3021", "COSTA COFFEE 12", "QQQQ ZZZZ", "HILTON HOTEL LONDON")
SECRET = "lorem-ipsum-17"  # of a record that no page may show


@contextmanager
def started_console(stack: Stack, *options: str, **variables: str) -> Iterator[Program]:
    """Run a console until the context ends; it answers when the context begins."""
    with stack.program("console", "--port", "0", *options, **variables) as running:

        def address() -> str:
            assert running.runs
            return running.log.read_text().partition("console: ")[2].strip()

        wait_for(lambda: address() != "", "the console's address")
        found = Program(running.process, running.log, address())
        wait_for(lambda: "not asked yet" not in found.page("/")[1], "an answer of each source")
        yield found


@contextmanager
def console_data(stack: Stack) -> Iterator[Program]:
    """Run a worker that has scored lines for users of both arms and refused some; what it said has landed.

    The canary has half of the users; the newest release of the registry does not load.
    """
    write_passed_release(stack.registry)
    stack.succeed("rollout", "init")
    stack.set_share("50")
    with stack.worker(LEDGERMIND_WORKER_MODEL_TIMEOUT_MS="5000") as worker, stack.landing():
        stack.score(
            payment(number, line, txn_id=f"{line[:5]}-{number}", user_id=f"user-{number}")
            for line in LINES
            for number in range(10)
        )
        broken = [payment(number, currency="pounds", description=SECRET) for number in range(3)]
        stack.score([f'{{"description": "{SECRET}"'.encode(), *broken])
        _disagree(stack)
        stack.wait_until_landed("transactions", "suggestion-compare")
        write_lying_release(stack.registry)
        yield worker


def _disagree(stack: Stack) -> None:
    """Let five comparisons say that the canary's release takes a supermarket for a journey."""
    said = [one.json for one in stack.read("suggestion-compare")]
    groceries = [one for one in said if one["answers"][0]["category"] == "Groceries"][:5]
    for one in groceries:
        (answer,) = [answer for answer in one["answers"] if answer["version"] == VERSION]
        answer |= {"category": "Travel", "confidence": 0.99, "acceptance": "accepted"}
        topic_id, partition, offset = one["event_id"].rsplit("-", 2)
        one |= {"canary_category": "Travel", "event_id": f"{topic_id}-{partition}-{int(offset) + 1_000}"}
    stack.publish("suggestion-compare", groceries)

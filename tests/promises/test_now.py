"""What the judge promises of time: what it reads is as of the moment of asking, whenever the warehouse was built."""

from pathlib import Path

import pytest

from ops.patience import scale, wait_for
from tests.promises.events import feedback, payment
from tests.promises.passed_release import write_passed_release
from tests.promises.stack import Stack

DEFAULT = Path(__file__).parents[2] / "scorer" / "rollout" / "policies" / "default.yml"
SENT = 1_200  # half of them in the canary: the policy wants 500 shown before complaints say anything


@pytest.mark.timeout(600 * scale())
@pytest.mark.promise(
    "a complaint counts within a minute of landing, whenever the marts were built", "docs/ML_CANARY_DEPLOYMENT.md"
)
def test_complaints_after_a_build_take_the_canary_back_within_three_evaluations(stack: Stack) -> None:
    version = write_passed_release(stack.registry)
    stack.succeed("rollout", "init", "--canary", version, SUGGEST_USE_MODEL_CANARY="50")
    policy = stack.folder / "quick.yml"
    policy.write_text(on_a_short_clock())
    with stack.worker() as worker, stack.landing():
        stack.score(payment(n, txn_id=f"heard-{n}", user_id=f"voice-{n}") for n in range(SENT))
        wait_for(lambda: landed(stack, "raw.suggestion_events") >= SENT, "landing of all suggestions")
        stack.succeed("warehouse", "build")
        shown = [one.json for one in stack.read("suggestions") if one.json["arm"] == "canary" and one.json["category"]]
        assert len(shown) > SENT / 3
        complaints = [feedback(one, "reject") for one in shown[: len(shown) // 4]]
        stack.publish("suggestion-feedback", complaints)
        wait_for(lambda: landed(stack, "raw.suggestion_feedback") >= len(complaints), "landing of all complaints")
        judged = stack.succeed(
            "rollout", "judge", "--policy", str(policy), "--worker", worker.url, "--looks", "3", "--apply", "--json"
        ).json
    assert (judged["verdict"], judged["percent"]) == ("ROLLBACK", 0.0), judged["reasons"]
    assert any("complaints" in reason for reason in judged["reasons"])
    assert stack.succeed("rollout", "status", "--json").json["percent"] == "0.00"


def landed(stack: Stack, table: str) -> int:
    """Return how many rows a table holds."""
    ((count,),) = stack.sql(f"select count(*) from {table}")
    return int(count)


def on_a_short_clock() -> str:
    """Return the default policy with a short clock."""
    lines = {"name": "quick", "window_seconds": "2", "look_every_seconds": "1"}
    text = DEFAULT.read_text()
    return "\n".join(
        f"{line.partition(':')[0]}: {lines[line.partition(':')[0]]}" if line.partition(":")[0] in lines else line
        for line in text.splitlines()
    )

"""Say which tests failed in the runs before, and refuse a second run where a second answer would hide the first.

A test of time can fail because the machine stood still, and is worth a second run alone.
A record that was lost or doubled once is a fault, whatever the next run says, and so are many failures at once.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

LAST_FAILED = Path(__file__).parents[2] / ".pytest_cache/v/cache/lastfailed"
COUNTS_RECORDS = ("tests/chaos/",)
MANY = 3


def refusal(failed: Sequence[str]) -> str | None:
    """Return why these tests get no second run; None if they do."""
    counts = [test for test in failed if test.startswith(COUNTS_RECORDS)]
    if counts:
        return f"a count of records is not taken twice: {', '.join(counts)}"
    if len(failed) > MANY:
        return f"{len(failed)} tests failed, and no more than {MANY} are run again"
    return None if failed else "no test of the runs before failed: a run itself did"


def main(path: Path = LAST_FAILED) -> int:
    """Print the tests that failed; return 0 if they may be run again."""
    failed = sorted(json.loads(path.read_text())) if path.exists() else []
    print("failed in the runs before:", *failed, sep="\n  ")  # noqa: T201 - a developer reads it
    why = refusal(failed)
    if why:
        print(why)  # noqa: T201
    return 1 if why else 0


if __name__ == "__main__":
    sys.exit(main())

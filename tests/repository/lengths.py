"""Print the median and the longest file of the code, and say which files ask for a second name."""

import statistics
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("schemas", "rules", "scorer", "streams", "trainer", "ops")
ASK_PAST = 200


def main() -> None:
    """Print one line, and one more for each file past the length at which a second thing shows."""
    lengths = {
        path.relative_to(ROOT): len(path.read_text().splitlines())
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if path.name != "__init__.py"
    }
    longest = max(lengths, key=lambda path: lengths[path])
    median = statistics.median(lengths.values())
    print(f"{len(lengths)} files, median {median:.0f} lines, longest {longest} with {lengths[longest]}")  # noqa: T201
    for path in sorted(path for path, length in lengths.items() if length > ASK_PAST):
        print(f"  past {ASK_PAST}: {path} ({lengths[path]})")  # noqa: T201


if __name__ == "__main__":
    main()

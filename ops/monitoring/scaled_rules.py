"""Scaled rules: the shipped rules with every duration divided, so that a test meets in seconds what takes minutes.

``python -m ops.monitoring.scaled_rules 60 FOLDER`` writes them; nothing but durations differs (``for`` and the windows
of range selectors; the names of recorded series, and ages that are held against a number of seconds, stay as they are).
"""

import re
import sys
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[1] / "deploy" / "prometheus" / "rules"
MIN_SECONDS: Final = 1.0  # shorter than a scrape a window holds nothing
WINDOW_MIN_SECONDS: Final = 5.0  # a rate needs two samples, at a scrape each second
_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_FOR: Final = re.compile(r"(?<=^        for: )(\d+)([smhd])$", re.MULTILINE)
_WINDOW: Final = re.compile(r"(?<=\[)(\d+)([smhd])(?=\])")


def scaled(text: str, factor: float) -> str:
    """Return the text of a rule file with every duration divided by ``factor``."""
    text = _FOR.sub(lambda found: _divided(found, factor, MIN_SECONDS), text)
    return _WINDOW.sub(lambda found: _divided(found, factor, WINDOW_MIN_SECONDS), text)


def write_scaled(folder: Path, factor: float) -> list[Path]:
    """Write every shipped rule file into a folder, scaled; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for file in sorted(FOLDER.glob("*.yml")):
        written.append(folder / file.name)
        written[-1].write_text(scaled(file.read_text(encoding="utf-8"), factor), encoding="utf-8")
    return written


def _divided(found: re.Match[str], factor: float, least: float) -> str:
    seconds = int(found[1]) * _SECONDS[found[2]] / factor
    return f"{max(seconds, least) * 1_000:.0f}ms"


if __name__ == "__main__":
    write_scaled(Path(sys.argv[2]), float(sys.argv[1]))

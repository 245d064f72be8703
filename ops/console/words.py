"""Words: numbers, times and states as the pages show them; pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from schemas.events.rollout import RolloutRecord
from schemas.events.suggestion import BUCKETS

NOTHING: Final = "—"


def percent(value: float | None) -> str:
    """Return a share of 0 to 1 as percent."""
    return NOTHING if value is None else f"{100 * value:.1f} %"


def format_count(value: float | None) -> str:
    """Return a whole number with separators; a count of Prometheus need not be whole."""
    return NOTHING if value is None else f"{value:,.0f}"


def format_confidence(value: float | None) -> str:
    """Return a confidence of 0 to 1 with two digits; nothing where there is none."""
    return "" if value is None else f"{value:.2f}"


def format_number(value: float | None) -> str:
    """Return a measured number with four digits."""
    return NOTHING if value is None else f"{value:.4g}"


def duration(seconds: float | None) -> str:
    """Return seconds in the unit in which they are read most easily."""
    if seconds is None:
        return NOTHING
    if seconds < 1:
        return f"{1_000 * seconds:.3g} ms"
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3_600:.0f} h"


def moment(at: datetime) -> str:
    """Return a time in UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def clock(epoch: float | None) -> str:
    """Return the time of day of epoch seconds in UTC."""
    return NOTHING if epoch is None else f"{datetime.fromtimestamp(epoch, UTC):%H:%M:%S} UTC"


def format_share(record: RolloutRecord) -> str:
    """Return the canary's share as a person writes it."""
    return f"{record.basis_points / 100:g} %"


def shadow(record: RolloutRecord) -> str:
    """Return whose transactions the models score in shadow."""
    if not record.shadow or not record.shadow_basis_points:
        return "off"
    return "all users" if record.shadow_basis_points == BUCKETS else f"{record.shadow_basis_points / 100:g} % of users"


def stage(record: RolloutRecord) -> str:
    """Return in one sentence whom the rollout serves with what."""
    canary = record.canary.model_version
    if canary is None:
        return "No model is rolled out: the rules serve every user."
    control = record.control.model_version or "the rules"
    if record.basis_points >= BUCKETS:
        return f"Release {canary} serves every user."
    if record.basis_points:
        return f"Canary: {canary} serves {format_share(record)} of the users, {control} the others."
    if record.shadow and record.shadow_basis_points:
        scored = "" if record.shadow_basis_points == BUCKETS else f" ({shadow(record)})"
        return f"Shadow: {canary} is scored beside {control}{scored} and serves nobody."
    return f"Off: {canary} serves nobody and is not scored; {control} serves every user."


def sparkline(points: Sequence[float], *, width: int = 300, height: int = 48) -> str:
    """Return the points of an SVG polyline from the left edge to the right, the largest at the top."""
    if len(points) < 2:
        return ""
    top = max(*points, 1e-9)
    step = width / (len(points) - 1)
    return " ".join(f"{index * step:.1f},{height - 2 - (height - 4) * y / top:.1f}" for index, y in enumerate(points))

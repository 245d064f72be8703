"""Champion: the release that a rollout goes back to, and that every newer one is compared with."""

from schemas.events.suggestion import BUCKETS


def has_won(basis_points: int, canary: str | None) -> bool:
    """Whether the canary's model serves everybody: it is the champion, though control has not taken it over yet."""
    return basis_points == BUCKETS and canary is not None


def champion_of(basis_points: int, *, control: str | None, canary: str | None) -> str | None:
    """Return the champion of a rollout record with this share and these releases, None where rules alone serve."""
    return canary if has_won(basis_points, canary) else control

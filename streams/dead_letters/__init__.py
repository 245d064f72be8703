"""Dead letters: when a partition is paused, and how that is kept."""

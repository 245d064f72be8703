"""Rollout: the follower and the writer of ``rollout-state``, and the releases that its records name."""

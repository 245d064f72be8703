"""Rollout: the judge looks at the rollout, holds it against its policy, and moves it where it is told to."""

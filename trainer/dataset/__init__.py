"""Dataset: where training rows come from, and how they are divided by time."""

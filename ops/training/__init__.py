"""Training: the checks before a training, the training, and what came of it."""

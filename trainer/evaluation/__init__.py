"""Evaluation: how good a trained model is, and whether that is enough to be served."""

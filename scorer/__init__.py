"""Scorer: pure functions from a transaction to a model's answer, and from answers to a decision."""

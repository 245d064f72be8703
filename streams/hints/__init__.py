"""Hints: the worker's copy of user-hints, read to its end before the first batch and followed from then on."""

"""Replay: a past window scored again, and held against the events that were written of it."""

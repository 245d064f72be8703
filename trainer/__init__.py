"""Trainer: the programs that turn labels into a release."""

"""Simulation: the invented people, merchants and wordings behind ``ledgermind simulate``."""

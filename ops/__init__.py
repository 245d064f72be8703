"""Ops: the command line and everything that operates the programs."""

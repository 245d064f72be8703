"""Contracts: topics and the published documents, and what a change of one would break."""

"""Releases: which one is meant, which may be served, which are still needed."""

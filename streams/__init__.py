"""Streams: the programs that move transactions, suggestions and events."""

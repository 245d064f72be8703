"""Mapping: from a record's bytes to the row of its raw table; pure."""

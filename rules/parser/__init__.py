"""Parser: the YAML of a rule set, read to values, each fault with its line; pure."""

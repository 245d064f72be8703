"""Commands: one file per verb or noun of the command line; each exposes ``app``."""

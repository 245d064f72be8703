"""Input mapping: a YAML file that turns any JSON object into a Transaction, compiled once; pure but for ``load``."""

"""Rules: deterministic suggestions from a rule set that a person wrote."""

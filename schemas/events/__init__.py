"""Events: what travels on each topic, as values; pure."""

"""Alerting: Alertmanager's receivers from the environment, and the shipped rules with other durations."""

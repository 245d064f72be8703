"""Produce: one Kafka transaction per batch, and what is counted after its commit."""

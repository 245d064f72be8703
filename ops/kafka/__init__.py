"""Kafka: topics and records as an operator handles them."""

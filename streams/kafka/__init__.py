"""Kafka: clients, and what the broker says of topics, offsets, rights and lag."""

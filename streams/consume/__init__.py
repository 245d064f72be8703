"""Consume: polling, batches, and the ledger of offsets."""

"""Up: the whole of LedgerMind on one machine, kept running until it is stopped."""

"""Demo: the whole of LedgerMind on one machine, as a story with numbers."""

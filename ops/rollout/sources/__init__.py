"""Sources: where the counts of an evaluation come from: Prometheus, workers, criteria of one's own."""

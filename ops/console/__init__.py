"""Console: a read-only web page of the rollout, its history, the releases and the dead letters."""

"""Features: what the trees see, defined once for training and serving."""

"""Release: a trained model as immutable files, and the registry that they are read from."""

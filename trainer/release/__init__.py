"""Release: a trained model as checked files in the registry, with its card."""

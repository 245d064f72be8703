"""The card of a release: what it is, how well it did and what it must not be used for."""

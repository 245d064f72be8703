"""Command line: ``ledgermind`` and what its commands share."""

"""Monitoring: drift of the inputs and estimated accuracy, before any label."""

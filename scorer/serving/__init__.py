"""Serving: who is in the canary, and which prediction is served; pure."""

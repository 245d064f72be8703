"""Backtest: policies at work on recorded or synthetic histories, on a simulated clock; pure."""

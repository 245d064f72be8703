"""Fit: text weights, trees, calibration and thresholds from training rows."""

"""Model: text, merchant facts and numbers to calibrated probabilities, and what they rest on."""

"""Text: what is left of a statement line, and the words and places that are taken out of it; pure."""

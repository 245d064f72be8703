"""Labels: which merchants are worth a person's label next, and what a label of theirs would change."""
